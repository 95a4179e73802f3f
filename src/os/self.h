/* SPDX-License-Identifier: MIT */
/*
 * self.h - permissions of the keeper: own descriptors, and seccomp filters.
 *
 * A seccomp filter may appear at any time, and may kill for any call that the
 * program does not make itself. The keeper always makes three calls; a read of
 * its status file, open since birth, is among the three. Before any other call
 * the keeper reads the status.
 */
#pragma once

#include <stdbool.h>

enum hak_self {
	HAK_SELF_FREE,	   /* no filter: the keeper may make any call */
	HAK_SELF_FILTERED, /* a filter is in force, for ever */
	HAK_SELF_UNSEEN,   /* there is no /proc to ask */
	HAK_SELF_SHARED,   /* the keeper shares the program's table: open nothing */
};

/*
 * Call this at the keeper's birth. Create an empty table of descriptors with the
 * status file at 0, 1 and 2. The keeper opens no other file at these numbers, so
 * a stray write to them reaches no file. With a known filter make no call at
 * all.
 */
enum hak_self hak_self_open(void);

/* Check again. Only HAK_SELF_FREE can change. */
enum hak_self hak_self_look(void);

/* Is the running thread the keeper? Any thread may ask. */
bool hak_self_is_keeper(void);

/* Number of threads in the process; UINT_MAX: unknown. */
unsigned hak_self_threads(void);

/*
 * Call this at the keeper's end. The kernel closes the descriptors with the
 * table.
 */
void hak_self_close(void);

/* Did a filter reach a free keeper? Any thread may ask. */
bool hak_self_filter_came(void);

/* For the watcher: open its status file, or -errno; is the thread filtered now? */
int hak_self_status(void);
bool hak_self_filtered(int status);
