/* SPDX-License-Identifier: MIT */
/*
 * callers.h - how other threads find a parked owner with remote frees.
 *
 * No thread reads the queue of a parked owner. So the first block freed into a
 * slab of a parked owner puts the owner on a list of its node. Other threads
 * read this list.
 */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

struct hak_owner;

/* The list of parked owners that have remote frees. All fields are atomic. */
struct hak_callers {
	_Atomic(struct hak_owner *) first;
	_Atomic uint32_t count; /* length of the list, not exact */
};

/* Put a parked owner on the node's list, unless the owner is on the list already. */
void hak_callers_add(struct hak_owner *owner);

/* Take the whole list of parked owners that have remote frees. */
struct hak_owner *hak_callers_take(struct hak_callers *callers);

/*
 * The owner behind `owner` in the taken list. Call this before any work on
 * `owner`, because afterwards another thread may put `owner` on the list again.
 */
struct hak_owner *hak_callers_next(struct hak_owner *owner);
