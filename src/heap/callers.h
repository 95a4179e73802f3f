/* SPDX-License-Identifier: MIT */
/*
 * callers.h - how others find a parked owner with remote frees.
 *
 * Nobody looks at a parked owner. The first block returned to a slab of a parked
 * owner puts the owner on a list of its node, and other threads find the owner
 * there.
 */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

struct hak_owner;

/* Parked owners with a returned block in a slab; atomic. */
struct hak_callers {
	_Atomic(struct hak_owner *) first;
	_Atomic uint32_t count; /* about the length of the list */
};

/* Put a parked owner on the node's list, unless the owner is on the list already. */
void hak_callers_add(struct hak_owner *owner);

/* Take all parked owners with a returned block. */
struct hak_owner *hak_callers_take(struct hak_callers *callers);

/*
 * The next owner of the taken list. Call before any work on `owner`: afterwards
 * other threads may put `owner` on the list again.
 */
struct hak_owner *hak_callers_next(struct hak_owner *owner);
