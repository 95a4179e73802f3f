/* SPDX-License-Identifier: MIT */
/*
 * owner.h - owners of slabs: a tcache, or a node heap for the shared slabs.
 *
 * For each class an owner has a list of the slabs with free blocks. A slab without
 * free blocks is on no list; the next remote free puts the slab on the owner's
 * queue. Only the holder of the owner calls these functions: the thread at work in
 * the tcache, or the thread with the node's lock.
 *
 * A slab is idle if all its blocks are free. An idle slab stays with the owner, because
 * the owner may soon need the slab again, and lending takes the node's lock. The
 * owner keeps the idle slabs in order of age, up to a limit. Slabs above the limit
 * leave as a chain linked by `queued`; NULL is the empty chain. The holder has to
 * return the chain to the node heap, because no list has the slabs any more.
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

/* The memory of an owner is never unmapped. */
struct hak_owner {
	/* Changed by any thread, atomically */
	_Atomic(struct hak_slab *) queue;
	_Atomic uint32_t queued; /* units put on the queue since it was last emptied */
	_Atomic bool parked;	 /* no thread reads the queue */
	_Atomic bool called;	 /* on the list `callers`, or about to be */
	struct hak_owner *next;	 /* next owner on the list `callers` */
	/* Constant after birth */
	struct hak_callers *callers; /* the node's list, see callers.h */
	uint32_t key;		     /* the owner id, shifted left by HAK_OWNER_SHIFT */
	uint16_t node;
	/* Guarded by the lock hak_missing (missing.h) */
	bool missing; /* a fork child is putting the owner in order */
	/* Only for the holder of the owner */
	uint64_t bytes_in HAK_ALIGNED(
		HAK_CACHE_LINE); /* bytes that came back, not yet in the statistics */
	struct hak_list idle; /* the slab that became idle last comes first */
	uint32_t idle_units;  /* number of units in idle slabs */
	uint32_t idle_most;   /* the limit for `idle_units` */
	uint32_t used[HAK_CLASSES]; /* blocks drawn and not yet back, by class */
	struct hak_list slabs[HAK_CLASSES]; /* with free blocks, by class; idle last */
};

/*
 * Make a new owner id. Returns the id shifted left by HAK_OWNER_SHIFT; 0 if no id
 * is left.
 */
uint32_t hak_owner_key(void);

/* Open an owner without slabs. */
void hak_owner_open(struct hak_owner *owner, uint32_t key, unsigned node,
		    struct hak_callers *callers);

/* Put a slab with free blocks on the owner's list for the slab's class. */
static inline void hak_owner_list(struct hak_owner *owner,
				  struct hak_slab *slab)
{
	slab->listed = true;
	hak_list_push(&owner->slabs[slab->class], &slab->link);
}

/* Add a chain of slabs that a node has just lent to the owner. */
void hak_owner_add(struct hak_owner *owner, struct hak_slab *chain);

/* Find a slab of the class with a free block, for the next draw; or NULL. */
struct hak_slab *hak_owner_search(struct hak_owner *owner, unsigned class);

static inline struct hak_slab *hak_owner_find(struct hak_owner *owner,
					      unsigned class)
{
	struct hak_list *list = &owner->slabs[class];
	struct hak_slab *slab = hak_list_first(list, struct hak_slab, link);

	if (hak_likely(!slab || (slab->free && !slab->idle)))
		return slab;
	return hak_owner_search(owner, class);
}

/*
 * Call this after blocks came back. The function puts the slab on the list for its
 * class, and also on the list of idle slabs if the slab is idle.
 */
void hak_owner_recheck(struct hak_owner *owner, struct hak_slab *slab);

/* Count `count` blocks as free again. The caller has set their bits in `free_map`. */
static inline void hak_owner_count_in(struct hak_owner *owner,
				      struct hak_slab *slab, unsigned count)
{
	slab->free = (uint16_t)(slab->free + count);
	slab->used -= count;
	owner->used[slab->class] -= count;
	owner->bytes_in += (uint64_t)count * hak_sizeclass[slab->class].bytes;
	if (hak_unlikely(!slab->listed || !slab->used))
		hak_owner_recheck(owner, slab);
}

/* Draw up to `most` free blocks from the slab. Returns the number of blocks. */
static inline unsigned hak_owner_draw(struct hak_owner *owner,
				      struct hak_slab *slab, void **ret_blocks,
				      unsigned most)
{
	unsigned n = hak_slab_draw(slab, ret_blocks, most);

	owner->used[slab->class] += n;
	return n;
}

/* Does the owner keep more idle slabs than the limit allows? */
static inline bool hak_owner_has_excess(const struct hak_owner *owner)
{
	return hak_unlikely(owner->idle_units > owner->idle_most);
}

/*
 * Take idle slabs off the owner's lists, the slabs that have been idle for longest
 * first, until the idle slabs have at most `units` units. Returns the slabs as a
 * chain.
 */
struct hak_slab *hak_owner_evict(struct hak_owner *owner, uint32_t units);

enum hak_drain {
	HAK_DRAIN_TO_DRAW, /* the owner is about to draw blocks */
	HAK_DRAIN_TO_WAIT, /* the owner may not draw soon */
};

void hak_owner_drain_queue(struct hak_owner *owner, enum hak_drain why);

/* Are slabs on the owner's queue? */
static inline bool hak_owner_has_mail(const struct hak_owner *owner)
{
	return hak_read_once(&owner->queue);
}

/*
 * Collect for all slabs on the owner's queue. With HAK_DRAIN_TO_WAIT the next
 * remote free into such a slab puts the slab on the queue again. Otherwise a slab
 * with free blocks need not come on the queue: its next remote frees wait until the
 * owner draws from the class.
 */
static inline void hak_owner_drain(struct hak_owner *owner, enum hak_drain why)
{
	if (hak_owner_has_mail(owner))
		hak_owner_drain_queue(owner, why);
}

/*
 * Collect for all slabs on the owner's list for the class. Afterwards the next
 * remote free puts each of these slabs on the queue. Slabs without free blocks are
 * not on the list, but perhaps on the queue, so call hak_owner_drain() first.
 */
void hak_owner_tidy(struct hak_owner *owner, unsigned class);

/*
 * Park an owner: from now on no thread reads the owner's queue. If the queue
 * already has slabs, put the owner on the node's list `callers`.
 */
void hak_owner_park(struct hak_owner *owner);
