/* SPDX-License-Identifier: MIT */
/*
 * filter.h - whether a seccomp filter may forbid calls to the kernel, and kill
 * for them.
 *
 * Where one may, the program's threads call mmap, munmap, mremap, mprotect,
 * madvise and futex alone. A filter that came by exec is seen at start. One
 * that the program takes on itself is told of by front/prctl.c, which sees
 * prctl(2): nothing else can be asked that such a filter could not kill for.
 */
#pragma once

#include "base/atomic.h"
#include "base/compiler.h"

#include <stdbool.h>

extern _Atomic bool hak_filter_seen HAK_HIDDEN;

/*
 * Looks, with the calls that the loader needs too: openat, pread and close. A
 * kernel that cannot be asked is taken to filter. Once, on the initialising
 * thread.
 */
void hak_filter_look(void);

/* The program is about to take one, or may be. Any thread, for good. */
static inline void hak_filter_comes(void)
{
	hak_write_once(&hak_filter_seen, true);
}

static inline bool hak_filter_here(void)
{
	return hak_unlikely(hak_read_once(&hak_filter_seen));
}
