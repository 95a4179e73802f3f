/* SPDX-License-Identifier: MIT */
/*
 * missing.h - owners whose thread a fork child does not have.
 *
 * A fork child has a single thread. The owners of the parent's other threads are in
 * the state at the fork, perhaps half changed. Until the child has put these owners in
 * order (hak_kin_misses(), cache/inherit.h), remote frees take the lock hak_missing: so
 * no slab changes while the child puts the slab in order.
 */
#pragma once

#include "base/compiler.h"
#include "base/lock.h"

/* This lock guards the missing owners and their slabs. */
extern struct hak_lock hak_missing HAK_HIDDEN;

/* Call this once, on the thread that opens the heap. */
void hak_missing_init(void);

/*
 * Put the slabs of all owners marked `missing` in order: list slabs with a free
 * block, and let the next remote free queue a full slab. A block is free if a
 * bitmap of the slab says so. The caller has emptied the owners' lists and queues.
 */
void hak_missing_rebuild_locked(void) HAK_REQUIRES(hak_missing);
