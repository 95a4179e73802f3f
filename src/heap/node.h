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
	HAK_ROWS = 4, /* freed medium blocks kept by a node */
};

struct hak_node {
	/* Constant after birth */
	struct hak_span *span;
	struct hak_stats *stats;
	unsigned index;
	/* park: only for cache/parked.c and cache/thread.c */
	struct hak_lock park;
	struct hak_list parked;
	_Atomic(struct hak_tcache *)
		youngest; /* newest of all tcaches ever made */
	/* atomic */
	_Atomic uint32_t tcaches;	/* held by threads now */
	_Atomic(void *) rows[HAK_ROWS]; /* freed medium blocks, see medium.c */
	struct hak_callers callers;	/* parked owners */
	_Atomic bool collect; /* blocks came home to parked or shared slabs */
	/* lock */
	struct hak_lock lock HAK_ALIGNED(HAK_CACHE_LINE);
	struct hak_owner shared; /* owner of the shared slabs */
	/* Last: most groups of a small process are never touched. */
	struct hak_live live;
};

/* All node heaps, by dense index; constant after hak_nodes_open(). */
extern struct hak_node *hak_nodes[HAK_SPANS_MAX] HAK_HIDDEN;

bool hak_nodes_open(unsigned nodes);

/*
 * Lend up to `most` slabs of the class to `owner`, as a chain linked by `queued`.
 * NULL if there is no memory.
 */
struct hak_slab *hak_node_lend(struct hak_node *node, struct hak_owner *owner,
			       unsigned class, unsigned most);

/* Return a chain of idle slabs that are on no list any more. */
void hak_node_return(struct hak_slab *chain);

/* Take units for any use, under the node's lock; false if there are none. */
struct hak_units {
	char *address;
	struct hak_slab *slab; /* record of the first unit */
	bool zero;	       /* all units read as zero */
	bool sparse;	       /* and small pages, all still absent */
};
bool hak_node_take_locked(struct hak_node *node, unsigned units, unsigned align,
			  struct hak_units *ret_units) HAK_REQUIRES(node->lock);

/* Take free units for a new slab of the class: hak_node_open_slab() comes next. */
bool hak_node_take_slab_locked(struct hak_node *node, unsigned class,
			       struct hak_units *ret_units)
	HAK_REQUIRES(node->lock);

/* Open a slab of the class in taken units. The caller need not hold the lock. */
static inline struct hak_slab *hak_node_open_slab(struct hak_node *node,
						  const struct hak_units *units,
						  struct hak_owner *owner,
						  unsigned class)
{
	hak_slab_open(units->slab, owner, units->address, class);
	if (units->sparse)
		units->slab->touched = 0;
	/* A fork child finds slabs by the entries: the record comes first. */
	atomic_signal_fence(memory_order_acq_rel);
	hak_window_set(units->address, hak_sizeclass[class].units,
		       hak_entry(owner->key, class));
	hak_stat_add(node->stats, HAK_STAT_SLABS_LENT, 1);
	return units->slab;
}

/* Give units back. An empty superslab then goes back to the span. */
void hak_node_give_locked(struct hak_node *node, void *address, unsigned units)
	HAK_REQUIRES(node->lock);

/*
 * Put a superslab on the right list, after a change of its free units or of
 * `split`. True if the superslab was empty, and went back to the span.
 */
bool hak_node_relist_locked(struct hak_node *node,
			    struct hak_superslab *superslab)
	HAK_REQUIRES(node->lock);

/* Also take the units right behind a row, if free. */
bool hak_node_extend_locked(struct hak_node *node, const void *address,
			    unsigned units, unsigned more)
	HAK_REQUIRES(node->lock);

/*
 * Leave a note if blocks came home to a parked owner or to a shared slab of the
 * node: without a note no thread would collect the blocks. The function sees at
 * least the caller's own deliveries.
 */
void hak_node_collect_later(struct hak_node *node);

/* The current node of an address in a LIVE superslab with slabs. */
struct hak_node *hak_node_of(const void *pointer);

/*
 * Lock and return the current node of an address. The caller holds a lent unit
 * in the superslab, and adopts the lock (hak_lock_adopt). While the lock is held,
 * the superslab stays with the node.
 */
struct hak_node *hak_node_lock_of(const void *pointer);

/*
 * Draw blocks from the node's shared slabs. Returns the number of blocks, 0
 * without memory.
 */
unsigned hak_shared_draw(struct hak_node *node, unsigned class,
			 void **ret_blocks, unsigned most);

/*
 * Collect blocks returned to shared slabs, and return idle slabs to the node.
 * Drain looks only at queued slabs, tidy at all slabs.
 */
void hak_shared_drain(struct hak_node *node);
void hak_shared_tidy(struct hak_node *node);
