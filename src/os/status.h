/* SPDX-License-Identifier: MIT */
/*
 * status.h - values from a thread's status file, /proc/.../status.
 *
 * The functions make no system call but pread(2), which a seccomp filter allows
 * even if it forbids open(2).
 */
#pragma once

#include "base/nodeset.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * An open status file, and the caller's buffer of `bytes` bytes for reading. The buffer
 * must be large enough for one value, not for the whole file. A larger buffer needs
 * fewer calls.
 */
struct hak_status {
	int fd;
	char *buffer;
	size_t bytes;
};

enum { HAK_STATUS_BYTES = 96 }; /* buffer size for a number; fits a small stack */

/*
 * The seccomp mode of the thread: 0 without a filter, and on a kernel without seccomp.
 * -errno if the file is unreadable.
 */
long hak_status_seccomp(const struct hak_status *status);

/* Number of threads in the process, or -errno. */
long hak_status_threads(const struct hak_status *status);

/* Does the thread block or ignore the signal? True if the file is unreadable. */
bool hak_status_stops(const struct hak_status *status, int signal);

/*
 * NUMA nodes from which the thread may take memory. False if the file is unreadable, or
 * if the buffer is too small for the list.
 */
bool hak_status_nodes(const struct hak_status *status,
		      struct hak_nodeset *ret_nodes);
