/* SPDX-License-Identifier: MIT */
/*
 * superslab.h - 2 MiB of a node's memory: the state, and the holders of the
 * units.
 *
 *             lend             return
 *     FRESH ---------> LIVE ------------> EMPTY <------+
 *                      ^  ^                | |         | refused by
 *                      |  +----- lend -----+ |         | the kernel
 *                 lend |                     v         |
 *     DECOMMITTED or LAZY <-------------- INFLIGHT ----+
 *
 *     NONE      no address space of ours       FRESH     never touched: zero
 *     LIVE      lent for slabs or blocks       EMPTY     free, pages resident
 *     INFLIGHT  on its way to the kernel: nobody may take the superslab
 *     DECOMMITTED  the kernel has the pages: reads as zero
 *     LAZY         the kernel may take the pages: contents unknown
 *
 * At the end of a span a FRESH, DECOMMITTED or LAZY superslab may be NONE again
 * (step.h). An INFLIGHT superslab may be NONE after a failed attempt to map anew
 * (leftover.h). If a realloc moves a block by its page tables, the old superslabs
 * go from LIVE to DECOMMITTED at once, because the mapping there is new; with the
 * guard or mlockall the superslabs go to EMPTY.
 */
#pragma once

#include "heap/layout.h"
#include "base/atomic.h"
#include "base/list.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum hak_superslab_state {
	HAK_SUPERSLAB_NONE,
	HAK_SUPERSLAB_FRESH,
	HAK_SUPERSLAB_LIVE,
	HAK_SUPERSLAB_EMPTY,
	HAK_SUPERSLAB_INFLIGHT,
	HAK_SUPERSLAB_DECOMMITTED,
	HAK_SUPERSLAB_LAZY,
};

enum { HAK_NODELESS = UINT16_MAX };

struct hak_superslab {
	/* Guarded by the span's lock while free, by the node's lock while LIVE */
	struct hak_list link; /* on a list of free or of LIVE superslabs */
	uint8_t state;
	bool large;    /* LIVE: part of a large block */
	bool moved;    /* LIVE: realloc moved the pages here, into this mapping */
	bool recorded; /* slab records were in use, and may have pages */
	bool misplaced;  /* span's lock: some pages lie on another node, see misplaced.h */
	uint8_t group; /* LIVE: which slabs may be here, see live.h */
	bool split;    /* free units went to the kernel: has small pages now */
	bool pooled;   /* from the kernel's pool of huge pages: see step.c */
	bool held;     /* INFLIGHT or EMPTY: the kernel refused to take the pages */
	bool lost;     /* INFLIGHT: perhaps not mapped, see leftover.h */
	bool small;    /* LIVE: had small pages from the start */
	bool thinned;  /* LIVE: free units are on their way to the kernel, see hand.h */
	/* LIVE: the pages lie on `node`, not on the span's node */
	_Atomic bool handed_over;
	_Atomic uint8_t armed; /* free: enum hak_armed, see armed.h */
	_Atomic uint8_t remote_writes; /* score of writes from other nodes: history.c */
	uint8_t bucket; /* LIVE: index of the superslab's list in its group */
	_Atomic uint16_t node; /* node that lends the units, or HAK_NODELESS */
	uint16_t span;	/* LIVE: index of the span */
	uint16_t units_free; /* LIVE: number of free units */
	uint16_t counted; /* LIVE: free units included in a sum of struct hak_live */
	uint16_t sparse;  /* LIVE: units included in `sparse` of struct hak_live */
	uint32_t run; /* length of a free run, at both of its ends */
	/* Time when the pages last went to the kernel, by hak_clock_ms() */
	uint32_t given;
	uint32_t head;	    /* LIVE and large: index where the block begins */
	uint32_t watched; /* second when the superslab was first observed */
	uint32_t seen; /* LIVE: number of the round that last visited: see sparse.c */
	uint32_t lent; /* LIVE: `lent` of struct hak_live when a unit was last lent */
	uint64_t bytes;	    /* at a large block's head: usable bytes */
	uint64_t free[2];   /* a bit for each unit that may be lent */
	uint64_t unread[2]; /* a bit for each unit that still reads as zero */
	/* For each lent unit: the first unit of the slab or medium block. */
	uint8_t first[HAK_UNITS];
};

void hak_superslab_set(struct hak_superslab *superslab,
		       enum hak_superslab_state state);

/*
 * The node that lends the units, or HAK_NODELESS. Changed under the old node's
 * lock.
 */
static inline unsigned hak_superslab_node(const struct hak_superslab *superslab)
{
	/* pairs with hak_superslab_set_node() */
	return hak_load_acquire(&superslab->node);
}

static inline void hak_superslab_set_node(struct hak_superslab *superslab,
					  unsigned node)
{
	/*
	 * pairs with hak_superslab_node(): a thread that takes the lock of the new
	 * node sees all of the change
	 */
	hak_store_release(&superslab->node, (uint16_t)node);
}

static inline void
hak_superslab_set_handed_over(struct hak_superslab *superslab, bool handed_over)
{
	hak_write_once(&superslab->handed_over, handed_over);
}

/*
 * Forget the writes from other nodes that hakmem observed before, because the
 * superslab had another use or node.
 */
static inline void
hak_superslab_forget_writers(struct hak_superslab *superslab)
{
	hak_write_once(&superslab->remote_writes, 0);
}

static inline bool
hak_superslab_handed_over(const struct hak_superslab *superslab)
{
	return hak_read_once(&superslab->handed_over);
}

static inline bool hak_superslab_zero(const struct hak_superslab *superslab)
{
	return superslab->state == HAK_SUPERSLAB_FRESH ||
	       superslab->state == HAK_SUPERSLAB_DECOMMITTED;
}

/*
 * Is the superslab free, and does the kernel have the pages, or may take the pages?
 * Then nothing is gained by giving the superslab back.
 */
static inline bool
hak_superslab_nonresident(const struct hak_superslab *superslab)
{
	return hak_superslab_zero(superslab) ||
	       superslab->state == HAK_SUPERSLAB_LAZY;
}

static inline bool hak_superslab_free(const struct hak_superslab *superslab)
{
	return superslab->state == HAK_SUPERSLAB_EMPTY ||
	       hak_superslab_nonresident(superslab);
}

/* Prepare a LIVE superslab for slabs, with every unit free. */
void hak_superslab_open(struct hak_superslab *superslab, bool zero);

/*
 * Find `units` free units in a row, at a multiple of `align` (a power of two).
 * Returns the first unit; HAK_UNITS if there are none.
 */
unsigned hak_superslab_find(const struct hak_superslab *superslab,
			    unsigned units, unsigned align);

/* Do all these units exist, and are all free? */
bool hak_superslab_has(const struct hak_superslab *superslab, unsigned first,
		       unsigned units);

/*
 * Take free units, or give units back. hak_superslab_take() returns true if all
 * units still read as zero.
 */
bool hak_superslab_take(struct hak_superslab *superslab, unsigned first,
			unsigned units);
void hak_superslab_give(struct hak_superslab *superslab, unsigned first,
			unsigned units);

/*
 * The free units. Without `unread`, leave out the units that still read as zero,
 * which may have no pages. Returns the number of units.
 */
unsigned hak_superslab_spare(const struct hak_superslab *superslab,
			     bool unread, uint64_t ret_units[2]);

/*
 * hak_superslab_take_out() takes free units out while their pages go to the kernel.
 * hak_superslab_put_in() makes the units free again. The units `zero` read as zero
 * then, the other units are unchanged.
 */
void hak_superslab_take_out(struct hak_superslab *superslab,
			    const uint64_t units[2]);
void hak_superslab_put_in(struct hak_superslab *superslab,
			  const uint64_t units[2], const uint64_t zero[2]);

/*
 * A row of units in a set of units. hak_row_next() finds the next row behind `row`;
 * false if there is none. hak_row_add() adds the units of a row to a set.
 */
struct hak_row {
	unsigned first;
	unsigned count;
};
bool hak_row_next(const uint64_t units[2], struct hak_row *row);
void hak_row_add(uint64_t units[2], const struct hak_row *row);
