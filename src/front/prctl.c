/* SPDX-License-Identifier: MIT */
/*
 * prctl.c - prctl like the C library's, but hakmem notes seccomp filters.
 *
 * A program installs a seccomp filter by prctl. Or the program first renounces new
 * privileges by prctl, and installs the filter by seccomp(2). After the call to prctl the
 * library must make no system call for which the filter could kill the process. The
 * library cannot ask the kernel whether there is a filter, because the question is a
 * system call too.
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

	/*
	 * Pass all possible arguments, because only the kernel knows how many
	 * the option has.
	 */
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
