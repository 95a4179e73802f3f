/* SPDX-License-Identifier: MIT */
/*
 * filter.h - may a seccomp filter forbid system calls, or kill the process for a call?
 *
 * With a filter, the program's threads call only mmap, munmap, mremap,
 * mprotect, madvise and futex. At start hak_filter_look() finds a filter that
 * the process inherited by exec. Later front/prctl.c reports every filter that
 * the program installs by prctl(2). hakmem cannot ask the kernel by a system
 * call of its own, because the filter might kill the process for this call.
 */
#pragma once

#include "base/atomic.h"
#include "base/compiler.h"

#include <stdbool.h>
#include <stdint.h>

enum hak_filter {
	HAK_FILTER_NONE,
	HAK_FILTER_UNKNOWN,   /* hakmem cannot know, because /proc is unreadable */
	HAK_FILTER_ANNOUNCED, /* the program prepares to install one, by prctl(2) */
	HAK_FILTER_IN_FORCE,
};

extern _Atomic uint8_t hak_filter_seen HAK_HIDDEN;

/*
 * Find out whether the process has a filter. The function calls only openat, pread and
 * close, as the loader does. So a filter that lets programs start allows these calls.
 * Call this once, on the thread that initialises hakmem.
 */
void hak_filter_look(void);

/*
 * Raise hak_filter_seen to `filter`, if it is lower. Any thread may call this. Two
 * threads may overwrite each other's value, but the value never returns to
 * HAK_FILTER_NONE.
 */
static inline void hak_filter_note(enum hak_filter filter)
{
	if (hak_read_once(&hak_filter_seen) < filter)
		hak_write_once(&hak_filter_seen, (uint8_t)filter);
}

/*
 * Must the program's threads avoid all system calls that a seccomp filter may forbid?
 */
static inline bool hak_filter_here(void)
{
	return hak_unlikely(hak_read_once(&hak_filter_seen) != HAK_FILTER_NONE);
}
