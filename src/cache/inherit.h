/* SPDX-License-Identifier: MIT */
/*
 * inherit.h - a fork child takes over what the parent's other threads held.
 *
 * At the fork each other thread may be anywhere in its code. The child's memory
 * shows the stores of each thread up to some instruction, and no later stores.
 * docs/design/middle.md says why.
 */
#pragma once

#include "os/kin.h"

#include <stdbool.h>

struct hak_tcache;

/*
 * In a fork child, by its only thread: the tcaches not parked and not `own` are
 * missing their threads. `outside`: fork handlers ran, and outside of hakmem's
 * own code: hak_inherit() may put these tcaches in order. Otherwise the tcaches
 * stay frozen for ever.
 */
void hak_inherit_begin(struct hak_tcache *own, bool outside);

/* Mark a new tcache as a tcache of this process. */
void hak_inherit_mark(struct hak_tcache *tcache);

/*
 * Park the tcaches of missing threads, emptied, with all their slabs. Costs
 * nothing if there are none. Does nothing in a signal handler that interrupted
 * the holder of a lock.
 */
void hak_inherit_slow(void);

static inline void hak_inherit(void)
{
	if (hak_kin_misses())
		hak_inherit_slow();
}
