/* SPDX-License-Identifier: MIT */
/*
 * filter.c - may a seccomp filter forbid system calls?
 *
 * Owns    hak_filter_seen.
 * Calls   file.h, status.h.
 */
#include "os/filter.h"

#include "os/file.h"
#include "os/status.h"

#include <errno.h>
#include <fcntl.h>

_Atomic uint8_t hak_filter_seen;

void hak_filter_look(void)
{
	/*
	 * Large enough to read the whole file by one call, but too large for a small
	 * stack.
	 */
	static char text[1536];
	struct hak_status status = { .buffer = text, .bytes = sizeof(text) };
	long mode = -ENOENT;

	/*
	 * /proc/self/status describes the first thread only. But now the process has no
	 * other thread: creating a thread calls malloc, and the first malloc brings
	 * hakmem here.
	 */
	status.fd = hak_file_open("/proc/self/status", O_RDONLY);
	if (status.fd >= 0) {
		mode = hak_status_seccomp(&status);
		hak_file_close(status.fd);
	}
	if (mode < 0)
		hak_filter_note(HAK_FILTER_UNKNOWN);
	else if (mode > 0)
		hak_filter_note(HAK_FILTER_IN_FORCE);
}
