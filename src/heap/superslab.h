/* SPDX-License-Identifier: MIT */
/*
 * superslab.h - 2 MiB of one node's memory: its state, and who has its units.
 *
 *             lend             return
 *     FRESH ---------> LIVE ------------> EMPTY <------+
 *                      ^  ^                | |         | refused by
 *                      |  +----- lend -----+ |         | the kernel
 *                 lend |                     v         |
 *            COLD or LAZY <------------- INFLIGHT -----+
 *
 *     NONE      no address space of ours       FRESH     never touched: zero
 *     LIVE      lent for slabs or blocks       EMPTY     free, pages resident
 *     INFLIGHT  on its way to the kernel: nobody may have it
 *     COLD      the kernel has its pages: reads as zero
 *     LAZY      the kernel may take its pages: contents unknown
 *
 * What is FRESH, COLD or LAZY at the end of a span may be NONE again (step.h), and
 * what is INFLIGHT, if it could not be mapped anew (leftover.h).
 * A realloc that moves a block by its page tables leaves LIVE for COLD at
 * once, unless that is to be guarded: the mapping there is new.
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
	HAK_SUPERSLAB_COLD,
	HAK_SUPERSLAB_LAZY,
};

enum { HAK_NODELESS = UINT16_MAX };

struct hak_superslab {
	/* Whoever holds it: the span's lock while free, the node's while LIVE */
	struct hak_list link; /* of free runs, or of LIVE ones by density */
	uint8_t state;
	bool large;    /* LIVE: part of a large block */
	bool moved;    /* its mapping differs from its neighbours' */
	bool recorded; /* its slabs' records are in use, or were */
	bool spilled;  /* span's lock: some of it lies elsewhere, see spill.h */
	bool coarse;   /* LIVE: for long rows of units, see policy.h */
	bool split;    /* given back in part: it has small pages now */
	bool pooled;   /* of the kernel's pool of huge pages: see step.c */
	bool held;     /* INFLIGHT or EMPTY: the kernel would not take it */
	bool lost;     /* INFLIGHT: it may have a hole, see leftover.h */
	_Atomic bool abroad; /* LIVE: its pages are on its node, not its span's */
	_Atomic uint8_t armed; /* free: see guard.h */
	_Atomic uint8_t astray; /* written from elsewhere, see glance.c */
	uint8_t bucket; /* LIVE: which list of its node it is on */
	_Atomic uint16_t node; /* whose slabs it holds, or HAK_NODELESS */
	uint16_t span;	/* LIVE: where it lies */
	uint16_t units_free;
	uint32_t run;	    /* superslabs in the free run with this end */
	uint32_t given; /* COLD or LAZY, or in part: when, by hak_clock_ms() */
	uint32_t head;	    /* LIVE and large: index where the block begins */
	uint32_t watched; /* the second in which it was observed first */
	uint32_t seen;	    /* LIVE: when it was last looked at, see sparse.c */
	uint64_t bytes;	    /* at a large block's head: its usable bytes */
	uint64_t free[2];   /* units that nobody holds */
	uint64_t unread[2]; /* units that still read as zero */
	/* For each lent unit: where its slab or medium block begins. */
	uint8_t first[HAK_UNITS];
};

void hak_superslab_set(struct hak_superslab *superslab,
		       enum hak_superslab_state state);

static inline bool
hak_superslab_abroad(const struct hak_superslab *superslab)
{
	return hak_read_once(&superslab->abroad);
}

static inline bool hak_superslab_zero(const struct hak_superslab *superslab)
{
	return superslab->state == HAK_SUPERSLAB_FRESH ||
	       superslab->state == HAK_SUPERSLAB_COLD;
}

/* Free, and the kernel's to take or taken: nothing is gained by giving it. */
static inline bool hak_superslab_cold(const struct hak_superslab *superslab)
{
	return hak_superslab_zero(superslab) ||
	       superslab->state == HAK_SUPERSLAB_LAZY;
}

static inline bool hak_superslab_free(const struct hak_superslab *superslab)
{
	return superslab->state == HAK_SUPERSLAB_EMPTY ||
	       hak_superslab_cold(superslab);
}

/* A LIVE one starts to hold slabs, with every unit free. */
void hak_superslab_open(struct hak_superslab *superslab, bool zero);

/*
 * The first unit of `units` free ones in a row, at a multiple of `align` (a
 * power of two); HAK_UNITS if there are none.
 */
unsigned hak_superslab_find(const struct hak_superslab *superslab,
			    unsigned units, unsigned align);

/* Are these units there, and all free? */
bool hak_superslab_has(const struct hak_superslab *superslab, unsigned first,
		       unsigned units);

/* True if all the units still read as zero. */
bool hak_superslab_take(struct hak_superslab *superslab, unsigned first,
			unsigned units);
void hak_superslab_give(struct hak_superslab *superslab, unsigned first,
			unsigned units);

/* Free units, with or without those that read as zero; how many. */
unsigned hak_superslab_spare(const struct hak_superslab *superslab,
			     bool unread, uint64_t ret_units[2]);

/*
 * Takes free units for the sake of their pages alone, and puts them back; of
 * those `zero` ones read as zero now, the others are as they were.
 */
void hak_superslab_take_out(struct hak_superslab *superslab,
			    const uint64_t units[2]);
void hak_superslab_put_in(struct hak_superslab *superslab,
			  const uint64_t units[2], const uint64_t zero[2]);

/* The next row of a set of units, behind the one that this is; false: none. */
struct hak_row {
	unsigned first;
	unsigned count;
};
bool hak_row_next(const uint64_t units[2], struct hak_row *row);
void hak_row_add(uint64_t units[2], const struct hak_row *row);
