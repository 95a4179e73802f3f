/* SPDX-License-Identifier: MIT */
/*
 * prctl.c - prctl like the C library's, but hakmem notes coming seccomp filters.
 *
 * A program takes a filter by prctl, or first asks for no new privileges by
 * prctl. From then on the library must make no call for which the filter could
 * kill. It cannot ask for the filter either, because the question is a call.
 */
#include "front/exported.h"

#include "reclaim/budget.h"
#include "os/filter.h"
#include "base/sys.h"

#include <errno.h>
#include <stdarg.h>
#include <sys/prctl.h>

int prctl(int option, ...)
{
	va_list words;
	long word[4];
	long got;
	int i;

	/* Pass all possible arguments: the kernel knows how many are in use. */
	va_start(words, option);
	for (i = 0; i < 4; i++)
		word[i] = va_arg(words, long);
	va_end(words);
	if (option == PR_SET_NO_NEW_PRIVS || option == PR_SET_SECCOMP) {
		if (!hak_filter_here())
			hak_budget_learn();
		hak_filter_note(HAK_FILTER_ANNOUNCED);
	}
	got = sys_prctl(option, word[0], word[1], word[2], word[3]);
	if (got >= 0 || got < -4095)
		return (int)got;
	errno = (int)-got;
	return -1;
}
