/* SPDX-License-Identifier: MIT */
/*
 * filter.h - may a seccomp filter forbid system calls, or kill for a call?
 *
 * With a filter, the program's threads call only mmap, munmap, mremap,
 * mprotect, madvise and futex. At start hak_filter_look() finds a filter that
 * the process inherited by exec. Later front/prctl.c reports every filter that
 * the program installs by prctl(2). The library cannot ask the kernel by a
 * system call of its own, because the filter might kill for this call.
 */
#pragma once

#include "base/atomic.h"
#include "base/compiler.h"

#include <stdbool.h>
#include <stdint.h>

enum hak_filter {
	HAK_FILTER_NONE,
	HAK_FILTER_UNKNOWN,   /* hakmem cannot know: /proc is missing */
	HAK_FILTER_ANNOUNCED, /* the program prepares a filter, by prctl(2) */
	HAK_FILTER_IN_FORCE,
};

extern _Atomic uint8_t hak_filter_seen HAK_HIDDEN;

/*
 * Read the filter state by calls also made by the loader: openat, pread and
 * close. Call this once, on the initialising thread.
 */
void hak_filter_look(void);

/*
 * Note what the calling thread knows. Any thread may call. The state never goes
 * back to a lower value.
 */
static inline void hak_filter_note(enum hak_filter filter)
{
	if (hak_read_once(&hak_filter_seen) < filter)
		hak_write_once(&hak_filter_seen, (uint8_t)filter);
}

/* Must the program's threads assume a filter? */
static inline bool hak_filter_here(void)
{
	return hak_unlikely(hak_read_once(&hak_filter_seen) != HAK_FILTER_NONE);
}
