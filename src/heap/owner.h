/* SPDX-License-Identifier: MIT */
/*
 * owner.h - who holds slabs: a tcache, or a node for its shared ones.
 *
 * A parked owner is looked at by nobody. The first block that comes home to one of
 * its slabs puts the owner on a list of its node, where others find it.
 */
#pragma once

#include "base/compiler.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct hak_slab;

/* Parked owners to whose slabs something came home; atomic. */
struct hak_callers {
	_Atomic(struct hak_owner *) first;
	_Atomic uint32_t count; /* about how many are there */
};

/* Never unmapped. */
struct hak_owner {
	_Atomic(struct hak_slab *) queue;
	_Atomic uint32_t queued; /* units, since the owner emptied it */
	_Atomic bool parked;	 /* nobody looks at the queue */
	_Atomic bool called;	 /* on the list of callers, or about to be */
	struct hak_owner *next;	 /* on that list */
	/* Constant after birth */
	struct hak_callers *callers; /* its node's */
	uint32_t key;		     /* id << HAK_OWNER_SHIFT */
	uint16_t node;
};

/* An owner id that was never used before, as a key; 0 when none is left. */
uint32_t hak_owner_key(void);

/* Puts a parked owner on its node's list, if the owner is not there. */
void hak_owner_call(struct hak_owner *owner);

/* Who looks at a queue no more sees whether that came too late. */
void hak_owner_park(struct hak_owner *owner);

/* Takes all parked owners to whose slabs something came home. */
struct hak_owner *hak_callers_take(struct hak_callers *callers);

/* The next of them: before anything is done to this one. Others may call it anew. */
struct hak_owner *hak_owner_next(struct hak_owner *owner);
