/* SPDX-License-Identifier: MIT */
/*
 * self.h - permissions of the keeper: own descriptors, and seccomp filters.
 *
 * A seccomp filter may appear at any time, and may kill for any call that the
 * program does not make itself. The keeper makes only three system calls
 * without a check. One of the three reads the keeper's status file, which is
 * open since birth. Before any other call the keeper reads this file.
 */
#pragma once

#include <stdbool.h>

enum hak_self {
	HAK_SELF_FREE,	   /* no filter: the keeper may make any call */
	HAK_SELF_FILTERED, /* a filter is in force, and will be for ever */
	HAK_SELF_UNSEEN,   /* hakmem cannot know: /proc is missing */
	HAK_SELF_SHARED, /* the keeper shares the program's table: open nothing */
};

/*
 * Call this when the keeper begins. The function creates an empty table of
 * descriptors with the status file at 0, 1 and 2. The keeper opens no other
 * file at these numbers, so that a stray write to them reaches no file. If a
 * filter is known, the function makes no system call at all.
 */
enum hak_self hak_self_open(void);

/* Read the status file again. Only HAK_SELF_FREE can change. */
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

/*
 * Did the keeper find a filter after its start without a filter? Any thread may
 * ask.
 */
bool hak_self_filter_came(void);

/*
 * For the watcher: open the status file of the running thread. Is this thread
 * filtered now?
 */
int hak_self_status(void);
bool hak_self_filtered(int status);
