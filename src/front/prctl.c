/* SPDX-License-Identifier: MIT */
/*
 * prctl.c - prctl as the C library has it, which tells of seccomp filters.
 *
 * Who takes a filter asks for no new privileges first, or takes it, by this
 * call. From then on the library must make no call that the filter could kill
 * for, and whether it does cannot be asked without one.
 */
#include "front/exported.h"

#include "heap/budget.h"
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

	/* As many as there can be: the kernel knows which were meant. */
	va_start(words, option);
	for (i = 0; i < 4; i++)
		word[i] = va_arg(words, long);
	va_end(words);
	if (option == PR_SET_NO_NEW_PRIVS || option == PR_SET_SECCOMP) {
		if (!hak_filter_here())
			hak_budget_learn();
		hak_filter_comes();
	}
	got = sys_prctl(option, word[0], word[1], word[2], word[3]);
	if (got >= 0 || got < -4095)
		return (int)got;
	errno = (int)-got;
	return -1;
}
