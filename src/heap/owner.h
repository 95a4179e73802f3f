/* SPDX-License-Identifier: MIT */
/*
 * owner.h - owners of slabs: a tcache, or a node for its shared slabs.
 *
 * For each class an owner has a list of its slabs with free blocks. A slab
 * without free blocks is on no list, and queues itself at the next remote free.
 * Only the holder of the owner calls these functions: the thread at work in the
 * tcache, or the thread with the node's lock.
 *
 * Some functions remove idle slabs from the lists and return the slabs as a
 * chain linked by `queued`; NULL is the empty chain. The holder must return the
 * chain to the node heap, because the slabs are on no other list.
 */
#pragma once

#include "heap/layout.h"
#include "heap/sizeclass.h"
#include "heap/slab.h"
#include "base/atomic.h"
#include "base/compiler.h"
#include "base/list.h"

#include <stdbool.h>
#include <stdint.h>

struct hak_callers;

/* Never unmapped. */
struct hak_owner {
	/* Anyone, atomically */
	_Atomic(struct hak_slab *) queue;
	_Atomic uint32_t queued; /* units, since the owner last emptied the queue */
	_Atomic bool parked;	 /* no thread reads the queue */
	_Atomic bool called;	 /* on the list of callers, or about to be */
	struct hak_owner *next;	 /* next on the list of callers */
	/* Constant after birth */
	struct hak_callers *callers; /* the node's list */
	uint32_t key;		     /* id << HAK_OWNER_SHIFT */
	uint16_t node;
	/* missing.h's lock */
	bool missing; /* a fork child without the holder is putting it in order */
	/* Holder */
	uint64_t keeps HAK_ALIGNED(HAK_CACHE_LINE); /* a bit for each class */
	uint64_t bytes_in; /* put or collected, not yet in the statistics */
	struct hak_list slabs[HAK_CLASSES]; /* with free blocks */
};

_Static_assert(HAK_CLASSES <= 64, "the classes are bits of a word");

/* Make a new owner id, as a key; 0 if no id is left. */
uint32_t hak_owner_key(void);

/* Open an owner without slabs, which keeps a last idle slab of each class. */
void hak_owner_open(struct hak_owner *owner, uint32_t key, unsigned node,
		    struct hak_callers *callers);

/* Set whether the owner keeps the last idle slab of the class. */
static inline void hak_owner_set_keeps(struct hak_owner *owner, unsigned class,
				       bool keeps)
{
	uint64_t bit = 1UL << class;

	owner->keeps = keeps ? owner->keeps | bit : owner->keeps & ~bit;
}

/* List a slab with free blocks. */
static inline void hak_owner_list(struct hak_owner *owner,
				  struct hak_slab *slab)
{
	slab->listed = true;
	hak_list_push(&owner->slabs[slab->class], &slab->link);
}

/* Find the first slab of the class with a free block, or NULL. */
struct hak_slab *hak_owner_search(struct hak_owner *owner, unsigned class);

static inline struct hak_slab *hak_owner_find(struct hak_owner *owner,
					      unsigned class)
{
	struct hak_list *list = &owner->slabs[class];
	struct hak_slab *slab = hak_list_first(list, struct hak_slab, link);

	return !slab || slab->free ? slab : hak_owner_search(owner, class);
}

/*
 * Call this after a block returned to the slab: put the slab on the list, or
 * remove an idle slab from the list and return it as a chain. The last idle
 * slab of a class stays if the owner keeps it.
 */
struct hak_slab *hak_owner_recheck(struct hak_owner *owner,
				   struct hak_slab *slab);

/* Take a block back. Returns the slab if now idle and removed from the list. */
static inline struct hak_slab *hak_owner_put(struct hak_owner *owner,
					     struct hak_slab *slab,
					     unsigned index)
{
	hak_slab_put(slab, index);
	owner->bytes_in += hak_sizeclass[slab->class].bytes;
	if (hak_likely(slab->listed && slab->used))
		return NULL;
	return hak_owner_recheck(owner, slab);
}

enum hak_drain {
	HAK_DRAIN_TO_DRAW,  /* keep the last idle slab of a class */
	HAK_DRAIN_TO_WAIT,  /* the same, and each slab queues itself */
	HAK_DRAIN_TO_EMPTY, /* keep no idle slab, and each slab queues itself */
};

struct hak_slab *hak_owner_drain_queue(struct hak_owner *owner,
				       enum hak_drain why);

/* Are slabs on the owner's queue? */
static inline bool hak_owner_has_mail(const struct hak_owner *owner)
{
	return hak_read_once(&owner->queue);
}

/*
 * Collect for all slabs on the owner's queue, and remove idle slabs from the
 * lists. If the slabs are to queue themselves, each remaining slab does so at
 * its next remote free. Otherwise the remote frees of a class might stay
 * uncollected for as long as no thread draws from the class.
 */
static inline struct hak_slab *hak_owner_drain(struct hak_owner *owner,
					       enum hak_drain why)
{
	return hak_owner_has_mail(owner) ? hak_owner_drain_queue(owner, why)
					 : NULL;
}

/*
 * Collect for all slabs on the list of the class, and remove all idle slabs.
 * Each other slab queues itself at its next remote free. Slabs without free
 * blocks are on the queue, or will be, so drain first.
 */
struct hak_slab *hak_owner_tidy(struct hak_owner *owner, unsigned class);

/*
 * Park an owner: from now on no thread reads the owner's queue. If the queue
 * already has slabs, put the owner on the node's list of callers.
 */
void hak_owner_park(struct hak_owner *owner);
