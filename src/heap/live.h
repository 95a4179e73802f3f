/* SPDX-License-Identifier: MIT */
/*
 * live.h - the LIVE superslabs of a node, by group and density.
 *
 * A superslab belongs to a group: mixed (slabs of any class, short rows), the group
 * of a size class, or long rows. Blocks of a class tend to die together, and then
 * whole superslabs come free. docs/design/middle.md has the rules. The caller of
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
	HAK_UNLISTED = UINT8_MAX, /* bucket of a superslab on no list */
};

enum {
	HAK_GROUP_MIXED = 0,
	/* Between: the size class with this number */
	HAK_GROUP_LONG = HAK_CLASS_MEDIUM,
	HAK_GROUPS,
};

/*
 * The densest superslabs come first; superslabs without room are on no list. The
 * last list has split superslabs, dense or full: see reclaim/mend.h.
 */
struct hak_group {
	uint32_t used; /* a bit for each list with superslabs */
	struct hak_list list[HAK_DENSITIES + 1]; /* initialised if used */
};

struct hak_live {
	uint32_t mixed;	    /* free units of mixed superslabs */
	uint32_t own;	    /* free units of superslabs for a single class */
	int32_t slab_units; /* units of slabs: of all classes, and of each */
	int32_t class_units[HAK_CLASSES];
	/*
	 * Units lent so far, modulo 2^32: the clock of a node. The marks are the
	 * clock at the start of each slice of the delay: see reclaim/slack.c.
	 */
	uint32_t lent;
	uint32_t mark[HAK_SLICES + 1]; /* the last: of a wait without a keeper */
	unsigned least; /* free units of a sparse superslab; constant */
	/* Also read without the lock */
	_Atomic uint32_t
		sparse; /* free units of sparse superslabs, with pages */
	_Atomic uint32_t alarm; /* leave a note if `sparse` is larger */
	struct hak_group group[HAK_GROUPS];
};

/* The list, or NULL if no superslab is on the list. */
static inline struct hak_list *hak_live_list(struct hak_live *live,
					     unsigned group, unsigned bucket)
{
	struct hak_group *at = &live->group[group];

	return at->used >> bucket & 1 ? &at->list[bucket] : NULL;
}

void hak_live_open(struct hak_live *live);

/*
 * Put a superslab on the right list: after units were lent, or came back, or after
 * another change of the free units or of `split`. Take a superslab off, before another
 * holder gets the superslab.
 */
void hak_live_lend(struct hak_live *live, struct hak_superslab *superslab,
		   unsigned units);
void hak_live_give(struct hak_live *live, struct hak_superslab *superslab,
		   unsigned units);
void hak_live_put(struct hak_live *live, struct hak_superslab *superslab);
void hak_live_remove(struct hak_live *live, struct hak_superslab *superslab);

/*
 * A unit of the superslab came back: if the superslabs of single classes have too
 * many free units, let all classes use the superslab from now on.
 */
void hak_live_share(struct hak_live *live, struct hak_superslab *superslab);

/*
 * Count units that are a slab of the class now; negative: units that are no slab
 * any more.
 */
static inline void hak_live_count(struct hak_live *live, unsigned class,
				  int units)
{
	live->class_units[class] += units;
	live->slab_units += units;
}

/* Set the mark of a slice. */
static inline void hak_live_mark(struct hak_live *live, unsigned slice)
{
	live->mark[slice] = live->lent;
}

/* The number of lent units after which a lending is long ago, by the node's clock. */
uint32_t hak_live_past(const struct hak_live *live);

/* The group of the next superslab to lend for slabs of the class. */
unsigned hak_live_group(const struct hak_live *live, unsigned class);

/* Free units to find in a group, in a row and at a multiple of `align`. */
struct hak_search {
	unsigned units;
	unsigned align;
	unsigned group;
};

/* Look at a few superslabs of each list. Returns the superslab or NULL. */
struct hak_superslab *hak_live_find(const struct hak_live *live,
				    const struct hak_search *search,
				    unsigned *ret_first);

/*
 * Find units for a slab of the class, first in superslabs of the class's own. If
 * the class may have a new superslab, the function uses mixed superslabs only if
 * mixed superslabs have many free units.
 */
struct hak_superslab *hak_live_find_slab(const struct hak_live *live,
					 unsigned class, unsigned *ret_first);

/* If no span lends a superslab: look at all superslabs of all groups. */
struct hak_superslab *hak_live_find_anywhere(const struct hak_live *live,
					     const struct hak_search *search,
					     unsigned *ret_first);
