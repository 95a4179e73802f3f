/* SPDX-License-Identifier: MIT */
/*
 * inherit.h - a fork child takes over the tcaches of the parent's other threads.
 *
 * At the fork each other thread may be at any instruction. The child's memory shows
 * the stores of the thread up to a certain instruction, and no later stores.
 * docs/design/middle.md has the reasons.
 */
#pragma once

#include "os/kin.h"

#include <stdbool.h>

struct hak_tcache;

/*
 * The only thread of a fork child calls this function. Every tcache but `own` and the
 * parked tcaches now has a missing thread: a thread that the child does not have.
 * `outside`: fork handlers ran, and the forking thread was not inside hakmem's own
 * code. Then hak_inherit() later puts the tcaches of missing threads in order.
 * Otherwise no thread of the child ever uses these tcaches.
 */
void hak_inherit_begin(struct hak_tcache *own, bool outside);

/* Mark a new tcache as a tcache of this process. */
void hak_inherit_mark(struct hak_tcache *tcache);

/*
 * Flush and park the tcaches of missing threads. If no thread is missing,
 * hak_inherit() only reads a flag. If the running thread holds a lock, because a
 * signal handler has interrupted hakmem, hak_inherit_slow() does nothing.
 */
void hak_inherit_slow(void);

static inline void hak_inherit(void)
{
	if (hak_kin_misses())
		hak_inherit_slow();
}
