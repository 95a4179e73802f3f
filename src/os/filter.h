/* SPDX-License-Identifier: MIT */
/*
 * filter.h - may a seccomp filter forbid calls to the kernel, or kill for a
 * call?
 *
 * With a filter, the program's threads call only mmap, munmap, mremap, mprotect,
 * madvise and futex. At start hak_filter_look() sees a filter inherited by exec.
 * Later front/prctl.c reports every filter the program takes by prctl(2). The
 * library cannot ask the kernel itself: the filter might kill for the question.
 */
#pragma once

#include "base/atomic.h"
#include "base/compiler.h"

#include <stdbool.h>
#include <stdint.h>

enum hak_filter {
	HAK_FILTER_NONE,
	HAK_FILTER_UNKNOWN,   /* nobody can tell: there is no /proc to ask */
	HAK_FILTER_ANNOUNCED, /* the program prepares a filter, by prctl(2) */
	HAK_FILTER_IN_FORCE,
};

extern _Atomic uint8_t hak_filter_seen HAK_HIDDEN;

/*
 * Read the filter state by calls also made by the loader: openat, pread and
 * close. Call this once, on the initialising thread.
 */
void hak_filter_look(void);

/* Note what the thread knows. Any thread may call; the note is permanent. */
static inline void hak_filter_note(enum hak_filter filter)
{
	if (hak_read_once(&hak_filter_seen) < filter)
		hak_write_once(&hak_filter_seen, (uint8_t)filter);
}

/* Must the program's threads expect a filter? */
static inline bool hak_filter_here(void)
{
	return hak_unlikely(hak_read_once(&hak_filter_seen) != HAK_FILTER_NONE);
}
