/* SPDX-License-Identifier: MIT */
/*
 * owner.h - owners of slabs: a tcache, or a node for its shared slabs.
 */
#pragma once

#include "base/compiler.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct hak_callers;
struct hak_slab;

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

/*
 * Park an owner: from now on nobody looks at the queue. If the queue already has
 * slabs, put the owner on the node's list.
 */
void hak_owner_park(struct hak_owner *owner);
