/* SPDX-License-Identifier: MIT */
/*
 * filter.c - may a seccomp filter forbid calls to the kernel?
 *
 * Owns    hak_filter_seen.
 * Calls   file.h.
 */
#include "os/filter.h"

#include "os/file.h"

#include <errno.h>

_Atomic uint8_t hak_filter_seen;

void hak_filter_look(void)
{
	char text[8];
	/*
	 * /proc/self describes the first thread. At this time the process has no
	 * other thread, because creating a thread allocates.
	 */
	long got = hak_file_find("/proc/self/status", "Seccomp:\t", text,
				 sizeof(text));

	/* A kernel without seccomp has no such line. */
	if (got == -ENODATA)
		return;
	if (got < 0)
		hak_filter_note(HAK_FILTER_UNKNOWN);
	else if (text[0] != '0')
		hak_filter_note(HAK_FILTER_IN_FORCE);
}
