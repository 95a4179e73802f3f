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
 * The only thread of a fork child calls this function. The threads of all tcaches
 * but `own` and the parked tcaches are missing. `outside`: fork handlers ran, and
 * the forking thread was outside of hakmem's own code. Then hak_inherit() puts the
 * tcaches in order later. Otherwise the tcaches stay frozen for ever.
 */
void hak_inherit_begin(struct hak_tcache *own, bool outside);

/* Mark a new tcache as a tcache of this process. */
void hak_inherit_mark(struct hak_tcache *tcache);

/*
 * Empty and park the tcaches of missing threads, with all slabs. If no thread is
 * missing, hak_inherit() only reads a flag. Nothing happens in a signal handler
 * that interrupted the holder of a lock.
 */
void hak_inherit_slow(void);

static inline void hak_inherit(void)
{
	if (hak_kin_misses())
		hak_inherit_slow();
}
