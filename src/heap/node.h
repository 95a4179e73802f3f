/* SPDX-License-Identifier: MIT */
/*
 * node.h - a node heap: the LIVE superslabs of a node, lent in units.
 *
 * The node heap lends slabs to owners, and owners return slabs. Threads with few
 * blocks of a class share slabs of the node heap. Medium blocks are rows of units
 * in the same superslabs.
 */
#pragma once

#include "heap/callers.h"
#include "heap/live.h"
#include "heap/owner.h"
#include "heap/record.h"
#include "heap/sizeclass.h"
#include "heap/slab.h"
#include "heap/window.h"
#include "base/list.h"
#include "base/lock.h"

#include <stdbool.h>
#include <stddef.h>

enum {
	HAK_ROWS = 4, /* number of freed medium blocks that a node keeps for reuse */
};

struct hak_node {
	/* Constant after birth */
	struct hak_span *span;
	struct hak_stats *stats;
	unsigned index;
	/* Guarded by `park`; only for cache/parked.c and cache/thread.c */
	struct hak_lock park;
	struct hak_list parked;
	_Atomic(struct hak_tcache *)
		youngest; /* the node's tcache that was made last */
	/* Changed by any thread, atomically */
	_Atomic uint32_t tcaches;	/* number of tcaches that threads use now */
	_Atomic(void *) rows[HAK_ROWS]; /* freed medium blocks, see medium.c */
	struct hak_callers callers;	/* parked owners with remote frees */
	_Atomic bool collect; /* note: remote frees wait to be collected */
	/* Guarded by `lock` */
	struct hak_lock lock HAK_ALIGNED(HAK_CACHE_LINE);
	struct hak_owner shared; /* owner of the shared slabs */
	/*
	 * `live` is the last field, because a small process uses only the first
	 * groups, and so never touches most of the pages.
	 */
	struct hak_live live;
};

/*
 * All node heaps, by hakmem's number of the node; NULL behind the last node.
 * Constant after hak_nodes_open().
 */
extern struct hak_node *hak_nodes[HAK_SPANS_MAX] HAK_HIDDEN;

bool hak_nodes_open(unsigned nodes);

/*
 * Lend up to `most` slabs of the class to `owner`, as a chain linked by `queued`.
 * NULL if there is no memory.
 */
struct hak_slab *hak_node_lend(struct hak_node *node, struct hak_owner *owner,
			       unsigned class, unsigned most);

/*
 * Return a chain of idle slabs to the node heaps. The owner has taken the slabs off
 * all its lists.
 */
void hak_node_return(struct hak_slab *chain);

/* Units that the node has lent. */
struct hak_units {
	char *address;
	struct hak_slab *slab; /* slab record of the first unit */
	bool zero;	       /* all units read as zero */
	bool sparse;	       /* zero, and no page is populated: the pages are small */
};
/*
 * Take `units` free units in a row for any use, at a multiple of `align` units.
 * False if there are none.
 */
bool hak_node_take_locked(struct hak_node *node, unsigned units, unsigned align,
			  struct hak_units *ret_units) HAK_REQUIRES(node->lock);

/* Take free units for a new slab of the class: hak_node_open_slab() comes next. */
bool hak_node_take_slab_locked(struct hak_node *node, unsigned class,
			       struct hak_units *ret_units)
	HAK_REQUIRES(node->lock);

/*
 * Open a slab of the class in the taken units. The caller need not hold the node's
 * lock.
 */
static inline struct hak_slab *hak_node_open_slab(struct hak_node *node,
						  const struct hak_units *units,
						  struct hak_owner *owner,
						  unsigned class)
{
	hak_slab_open(units->slab, owner, units->address, class);
	if (units->sparse)
		units->slab->touched = 0;
	/*
	 * Write the record before the entries, because a fork child finds slabs by
	 * the entries.
	 */
	atomic_signal_fence(memory_order_acq_rel);
	hak_window_set(units->address, hak_sizeclass[class].units,
		       hak_entry(owner->key, class));
	hak_stat_add(node->stats, HAK_STAT_SLABS_LENT, 1);
	return units->slab;
}

/*
 * Return units to their superslab. If the superslab is then empty, the function
 * returns the superslab to the span.
 */
void hak_node_give_locked(struct hak_node *node, void *address, unsigned units)
	HAK_REQUIRES(node->lock);

/*
 * Move a superslab to the list for its free units, after a change of the free units
 * or of `split`. True if the superslab was empty, and went back to the span.
 */
bool hak_node_relist_locked(struct hak_node *node,
			    struct hak_superslab *superslab)
	HAK_REQUIRES(node->lock);

/*
 * Also take the `more` units right behind the row of `units` units at `address`.
 * False if not all of these are free.
 */
bool hak_node_extend_locked(struct hak_node *node, const void *address,
			    unsigned units, unsigned more)
	HAK_REQUIRES(node->lock);

/*
 * Leave a note if remote frees wait in slabs of a parked owner, or in shared slabs
 * of the node, because without a note no thread would collect the blocks. The
 * function sees at least the remote frees that the calling thread has delivered.
 */
void hak_node_collect_later(struct hak_node *node);

/*
 * The node that now has the LIVE superslab around the address. The superslab must
 * not be part of a large block.
 */
struct hak_node *hak_node_of(const void *pointer);

/*
 * Lock and return the node that now has the superslab around the address. The
 * caller holds a lent unit in the superslab, and adopts the lock (hak_lock_adopt).
 * While the lock is held, the superslab stays with the node.
 */
struct hak_node *hak_node_lock_of(const void *pointer);

/*
 * Draw at most `most` blocks from the node's shared slabs. Returns the number of
 * blocks; 0 if there is no memory.
 */
unsigned hak_shared_draw(struct hak_node *node, unsigned class,
			 void **ret_blocks, unsigned most);

/*
 * Collect remote frees in shared slabs, and return idle slabs to the node.
 * hak_shared_drain() looks only at slabs on the queue, hak_shared_tidy() at all
 * slabs.
 */
void hak_shared_drain(struct hak_node *node);
void hak_shared_tidy(struct hak_node *node);
