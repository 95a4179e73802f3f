/* SPDX-License-Identifier: MIT */
/*
 * live.h - the LIVE superslabs of a node, by group and density.
 *
 * The group of a superslab says what the superslab is for: slabs of any class and short
 * rows (mixed), slabs of a single size class, or long rows. Blocks of a class tend to
 * die together, and then whole superslabs come free. The density of a superslab is the
 * share of its units that are in use. docs/design/middle.md has the rules. The caller of
 * each function holds the lock of the node.
 */
#pragma once

#include "heap/record.h"
#include "heap/sizeclass.h"
#include "heap/superslab.h"
#include "base/list.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	HAK_DENSITIES = 8,
	HAK_UNLISTED = UINT8_MAX, /* `bucket` of a superslab that is on no list */
};

enum {
	HAK_GROUP_MIXED = 0, /* slabs of any class, and short rows */
	/* The numbers between are size classes: slabs of this class only. */
	HAK_GROUP_LONG = HAK_CLASS_MEDIUM, /* rows of more than 16 units */
	HAK_GROUPS,
};

/*
 * The superslabs of a group. There is a list for each eighth of density, the
 * densest superslabs in list 0. A superslab without room for a slab is on no list.
 * The last list is for superslabs that have lost their huge page, and are so dense
 * that they should have a huge page again: see reclaim/mend.h.
 */
struct hak_group {
	uint32_t used; /* bit n: list n has superslabs */
	/* list n is initialised if bit n is set */
	struct hak_list list[HAK_DENSITIES + 1];
};

struct hak_live {
	uint32_t mixed;	    /* number of free units in mixed superslabs */
	uint32_t own;	    /* number of free units in superslabs for a single class */
	int32_t slab_units; /* number of units in slabs of all classes */
	int32_t class_units[HAK_CLASSES]; /* number of units in slabs of each class */
	/*
	 * Number of units that the node has lent so far, modulo 2^32. The node uses
	 * this number as a clock. mark[i] is the number at the start of slice i; a
	 * slice is a part of the delay before memory goes to the kernel: see
	 * reclaim/slack.c.
	 */
	uint32_t lent;
	uint32_t mark[HAK_SLICES + 1]; /* the last is for a process without a keeper */
	unsigned least; /* fewest free units of a sparse superslab; constant */
	/* Changed under the lock of the node, also read without the lock */
	_Atomic uint32_t
		sparse; /* number of free units with pages, in sparse superslabs */
	/* the node leaves a note if `sparse` exceeds this number */
	_Atomic uint32_t alarm;
	struct hak_group group[HAK_GROUPS];
};

/* List number `bucket` of the group; NULL if the list is empty. */
static inline struct hak_list *hak_live_list(struct hak_live *live,
					     unsigned group, unsigned bucket)
{
	struct hak_group *at = &live->group[group];

	return at->used >> bucket & 1 ? &at->list[bucket] : NULL;
}

void hak_live_open(struct hak_live *live);

/*
 * Move a superslab to the list for its free units. Call hak_live_lend() after the
 * superslab lent units, hak_live_give() after units came back, and hak_live_put()
 * after another change of the free units or of `split`. hak_live_remove() takes the
 * superslab off its list; call this before a span or another node gets the
 * superslab.
 */
void hak_live_lend(struct hak_live *live, struct hak_superslab *superslab,
		   unsigned units);
void hak_live_give(struct hak_live *live, struct hak_superslab *superslab,
		   unsigned units);
void hak_live_put(struct hak_live *live, struct hak_superslab *superslab);
void hak_live_remove(struct hak_live *live, struct hak_superslab *superslab);

/*
 * Call this after a unit of the superslab came back. If the superslabs for single
 * classes have too many free units together, the superslab becomes mixed: all
 * classes may use the superslab from now on.
 */
void hak_live_share(struct hak_live *live, struct hak_superslab *superslab);

/*
 * Add to the number of units in slabs of the class. `units` is negative for units
 * that are in no slab any more.
 */
static inline void hak_live_count(struct hak_live *live, unsigned class,
				  int units)
{
	live->class_units[class] += units;
	live->slab_units += units;
}

/* Record the number of lent units as the mark of a slice, when the slice begins. */
static inline void hak_live_mark(struct hak_live *live, unsigned slice)
{
	live->mark[slice] = live->lent;
}

/*
 * If the node has lent more than this number of units since a superslab last lent a
 * unit, the superslab may give its free units to the kernel.
 */
uint32_t hak_live_past(const struct hak_live *live);

/*
 * The group that a superslab joins when the node lends the superslab for slabs of
 * the class: the class's own group, HAK_GROUP_MIXED or HAK_GROUP_LONG.
 */
unsigned hak_live_group(const struct hak_live *live, unsigned class);

/*
 * What to search for: a row of `units` free units that begins at a multiple of
 * `align` units, in a superslab of the group.
 */
struct hak_search {
	unsigned units;
	unsigned align;
	unsigned group;
};

/*
 * Search a few superslabs of each list of the group. Returns a superslab with such
 * a row, and the first unit of the row; NULL if there is none.
 */
struct hak_superslab *hak_live_find(const struct hak_live *live,
				    const struct hak_search *search,
				    unsigned *ret_first);

/*
 * Find units for a slab of the class, first in superslabs for this class only. If
 * the class may have another such superslab, the function uses mixed superslabs
 * only if mixed superslabs have many free units.
 */
struct hak_superslab *hak_live_find_slab(const struct hak_live *live,
					 unsigned class, unsigned *ret_first);

/* Search all superslabs of all groups. Call this if no span can lend a superslab. */
struct hak_superslab *hak_live_find_anywhere(const struct hak_live *live,
					     const struct hak_search *search,
					     unsigned *ret_first);
