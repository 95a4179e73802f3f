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

extern _Atomic bool hak_filter_seen HAK_HIDDEN;

/*
 * Read the filter state by calls also made by the loader: openat, pread and
 * close. If the kernel does not answer, assume a filter. Call this once, on the
 * initialising thread.
 */
void hak_filter_look(void);

/*
 * The program takes a filter now, or may do so soon. Any thread may call; the
 * note is permanent.
 */
static inline void hak_filter_comes(void)
{
	hak_write_once(&hak_filter_seen, true);
}

static inline bool hak_filter_here(void)
{
	return hak_unlikely(hak_read_once(&hak_filter_seen));
}
