/* SPDX-License-Identifier: MIT */
/*
 * filter.c - whether a seccomp filter may forbid calls to the kernel.
 *
 * Owns    hak_filter_seen.
 * Calls   file.h.   Called by  front/init.c, at start.
 */
#include "os/filter.h"

#include "os/file.h"

#include <errno.h>

_Atomic bool hak_filter_seen;

void hak_filter_look(void)
{
	char text[8];
	/*
	 * That of the first thread: the only one, for others could not have
	 * been made without an allocation.
	 */
	long got = hak_file_find("/proc/self/status", "Seccomp:\t", text,
				 sizeof(text));

	/* A kernel without seccomp does not speak of it. */
	if (got != -ENODATA && (got < 0 || text[0] != '0'))
		hak_filter_comes();
}
