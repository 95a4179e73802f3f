/* SPDX-License-Identifier: MIT */
/*
 * self.h - what the keeper may do: whether it has descriptors of its own, and
 * whether a seccomp filter is in force for it.
 *
 * A filter may kill for any call that the program does not make itself, and may
 * come at any time. Reading the status that was opened at birth is one of the three
 * calls that the keeper makes in any case; before it makes another, it looks.
 */
#pragma once

#include <stdbool.h>

enum hak_self {
	HAK_SELF_FREE,	   /* no filter: it may make any call */
	HAK_SELF_FILTERED, /* there is one, for good */
	HAK_SELF_UNSEEN,   /* there is no /proc that tells */
	HAK_SELF_SHARED,   /* the program's table: it opens nothing there */
};

/*
 * At its birth: a table of descriptors that is empty, but for its status at 0, 1
 * and 2. Nothing else is ever opened there, so that who writes to one of these
 * writes to no file. Where a filter is known of, no call at all.
 */
enum hak_self hak_self_open(void);

/* Looks again. What is not free stays so. */
enum hak_self hak_self_look(void);

/* Is the running thread the keeper? Any thread may ask. */
bool hak_self_is_keeper(void);

/* Threads of the process; UINT_MAX: unknown. */
unsigned hak_self_threads(void);

/* At its end: the descriptors go with its table. */
void hak_self_close(void);

/* Has a filter come to a keeper that was free? Any thread may ask. */
bool hak_self_filter_came(void);

/* For another thread of ours: its status, or -errno; is it filtered by now? */
int hak_self_status(void);
bool hak_self_filtered(int status);
