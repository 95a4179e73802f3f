/* SPDX-License-Identifier: MIT */
/*
 * self.h - which system calls the keeper may make, and its descriptor table.
 *
 * A seccomp filter may appear at any time, and may kill the process for any
 * system call that the program does not make itself. Without a check the keeper
 * calls only futex, madvise and pread. By pread the keeper reads its own status
 * file in /proc, which is open since the keeper's birth and shows a filter. The
 * keeper reads this file before it makes any other call.
 */
#pragma once

#include <stdbool.h>

enum hak_self {
	HAK_SELF_FREE,	   /* no filter: the keeper may make any call */
	HAK_SELF_FILTERED, /* a filter is in force, and will be for ever */
	HAK_SELF_UNSEEN,   /* hakmem cannot know, because /proc is missing */
	HAK_SELF_SHARED,   /* the keeper has no own descriptor table: open nothing */
};

/*
 * Call this when the keeper begins. The function gives the keeper an empty descriptor
 * table of its own, with the status file at 0, 1 and 2. The keeper opens no other file
 * at these numbers, so that a stray write to them reaches no file. If hakmem already
 * knows of a seccomp filter, the function makes no system call at all.
 */
enum hak_self hak_self_open(void);

/*
 * Read the status file again, and return the new state. Only HAK_SELF_FREE can change.
 */
enum hak_self hak_self_look(void);

/* Is the running thread the keeper? Any thread may call this. */
bool hak_self_is_keeper(void);

/* Number of threads in the process; UINT_MAX if unknown. */
unsigned hak_self_threads(void);

/*
 * Call this at the keeper's end. The kernel closes the keeper's descriptors together
 * with their table.
 */
void hak_self_close(void);

/*
 * Did a keeper start without a seccomp filter, and find one later? Any thread may call
 * this.
 */
bool hak_self_filter_came(void);

/*
 * For the watcher. hak_self_status() opens the status file of the running thread, and
 * returns a descriptor or -errno. hak_self_filtered() reads such a file: is the thread
 * under a seccomp filter now?
 */
int hak_self_status(void);
bool hak_self_filtered(int status);
