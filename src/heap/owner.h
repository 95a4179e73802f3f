/* SPDX-License-Identifier: MIT */
/*
 * owner.h - owners of slabs: a tcache, or a node for its shared slabs.
 *
 * Nobody looks at a parked owner. The first block returned to a slab of a parked
 * owner puts the owner on a list of its node, and other threads find the owner
 * there.
 */
#pragma once

#include "base/compiler.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct hak_slab;

/* Parked owners with a returned block in a slab; atomic. */
struct hak_callers {
	_Atomic(struct hak_owner *) first;
	_Atomic uint32_t count; /* about the length of the list */
};

/* Never unmapped. */
struct hak_owner {
	_Atomic(struct hak_slab *) queue;
	_Atomic uint32_t queued; /* units, since the owner last emptied the queue */
	_Atomic bool parked;	 /* nobody looks at the queue */
	_Atomic bool called;	 /* on the list of callers, or about to be */
	struct hak_owner *next;	 /* next on the list of callers */
	/* Constant after birth */
	struct hak_callers *callers; /* the node's list */
	uint32_t key;		     /* id << HAK_OWNER_SHIFT */
	uint16_t node;
};

/* Make a new owner id, as a key; 0 if no id is left. */
uint32_t hak_owner_key(void);

/* Put a parked owner on the node's list, unless the owner is on the list already. */
void hak_owner_call(struct hak_owner *owner);

/*
 * Park an owner: from now on nobody looks at the queue. If the queue already has
 * slabs, put the owner on the node's list.
 */
void hak_owner_park(struct hak_owner *owner);

/* Take all parked owners with a returned block. */
struct hak_owner *hak_callers_take(struct hak_callers *callers);

/*
 * The next owner of the taken list. Call before any work on `owner`: afterwards
 * other threads may put `owner` on the list again.
 */
struct hak_owner *hak_owner_next(struct hak_owner *owner);
