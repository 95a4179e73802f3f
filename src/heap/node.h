/* SPDX-License-Identifier: MIT */
/*
 * node.h - a node heap: the LIVE superslabs of one node, lent in units.
 *
 * Owners get slabs from here and bring them back. Threads that want few
 * blocks of a class draw them from slabs that the node owns itself and share
 * those; medium blocks, of 16 KiB units, live in the same superslabs.
 */
#pragma once

#include "heap/sizeclass.h"
#include "heap/slab.h"
#include "heap/span.h"
#include "base/list.h"
#include "base/lock.h"

#include <stdbool.h>
#include <stddef.h>

enum {
	HAK_DENSITIES = 8,
	HAK_UNLISTED = UINT8_MAX, /* a bucket of a superslab */
	HAK_ROWS = 4,		  /* freed medium blocks that a node keeps */
};

struct hak_node {
	/* Constant after birth */
	struct hak_span *span;
	struct hak_stats *stats;
	unsigned index;
	/* park: guarded by and for cache/thread.c */
	struct hak_lock park;
	struct hak_list parked;
	_Atomic(struct hak_tcache *) youngest; /* of all that were made */
	/* atomic */
	_Atomic uint32_t tcaches;	/* that threads hold now */
	_Atomic(void *) rows[HAK_ROWS]; /* freed medium blocks, see medium.c */
	struct hak_callers callers;	/* parked owners, see owner.h */
	_Atomic bool collect; /* what came home to parked and shared slabs */
	/* lock */
	struct hak_lock lock HAK_ALIGNED(HAK_CACHE_LINE);
	/*
	 * For slabs and short rows, and for long ones: densest first, none full.
	 * Last those that are dense, or full, but split: see sparse.h.
	 */
	struct hak_list live[2][HAK_DENSITIES + 1];
	struct hak_list shared_slabs[HAK_CLASSES];
	/* The owner of the shared slabs; its queue is atomic. */
	struct hak_owner shared;
};

/* All node heaps, by dense index; constant after hak_nodes_open(). */
extern struct hak_node *hak_nodes[HAK_SPANS_MAX] HAK_HIDDEN;

bool hak_nodes_open(unsigned nodes);

/* A slab of this class for `owner`, or NULL. */
struct hak_slab *hak_node_lend(struct hak_node *node, struct hak_owner *owner,
			       unsigned class);

/* Brings back an idle slab, unlisted. */
void hak_node_return(struct hak_slab *slab);

/* Units for anything, under the node's lock; false when there are none. */
struct hak_units {
	char *address;
	struct hak_slab *slab; /* the record of the first unit */
	bool zero;	       /* they read as zero */
	bool sparse;	       /* and each small page of them is yet to come */
};
bool hak_node_take_locked(struct hak_node *node, unsigned units, unsigned align,
			  struct hak_units *ret_units);

/* Puts units back. If their superslab is empty then, it goes to its span. */
void hak_node_give_locked(struct hak_node *node, void *address, unsigned units);

/*
 * After the free units of a superslab changed, or whether it is split: puts it
 * where it belongs. True if it was empty, and went to its span.
 */
bool hak_node_relist_locked(struct hak_node *node,
			    struct hak_superslab *superslab);

/* Takes the units right behind a row of them too, if they are free. */
bool hak_node_extend_locked(struct hak_node *node, const void *address,
			    unsigned units, unsigned more);

/* Notes that blocks are to be collected that came home to who does not look. */
void hak_node_collect_later(struct hak_node *node);

/* The node that an address of a LIVE superslab with slabs belongs to, for now. */
struct hak_node *hak_node_of(const void *pointer);

/*
 * The same, and takes its lock: while that is held the superslab stays with it.
 * Of a superslab that has a lent unit, whose lender this is.
 */
struct hak_node *hak_node_lock_of(const void *pointer);

/*
 * Hands a superslab over to another node: its later slabs are that one's. Returns
 * whose it was; HAK_NODELESS if it may not be: it is nobody's, lies elsewhere than it
 * should, or has slabs that its node shares out itself, which stay under its lock.
 */
unsigned hak_node_hand_over(struct hak_span *span, uint32_t superslab,
			    unsigned to);

/* Draws blocks from the node's shared slabs; how many, 0 for no memory. */
unsigned hak_shared_draw(struct hak_node *node, unsigned class,
			 void **ret_blocks, unsigned most);

/*
 * Collects what came home to shared slabs; idle ones go back to the node. To
 * drain looks only at those that blocks have come home to; to tidy, at all.
 */
void hak_shared_drain(struct hak_node *node);
void hak_shared_tidy(struct hak_node *node);
