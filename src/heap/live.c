/* SPDX-License-Identifier: MIT */
/*
 * live.c - the LIVE superslabs of a node, by group and density.
 *
 * Owns    the lists; `group`, `bucket` and `counted` of LIVE superslabs.
 * Locks   the caller holds the node's lock.
 * Calls   policy.h, superslab.h.
 */
#include "heap/live.h"

#include "heap/policy.h"
#include "base/atomic.h"
#include "base/bits.h"
#include "base/todo.h"

#include <limits.h>

enum { LOOKS = 32 }; /* superslabs tried in each list */

/*
 * May the superslab lend units? In a superslab for a single class, there must be
 * enough free units for a slab of this class.
 */
static bool has_room(const struct hak_superslab *superslab)
{
	return superslab->units_free &&
	       superslab->units_free >= hak_sizeclass[superslab->group].units;
}

static unsigned bucket_of(const struct hak_superslab *superslab)
{
	if (superslab->split && hak_policy_dense(superslab->units_free))
		return HAK_DENSITIES;
	if (!has_room(superslab))
		return HAK_UNLISTED;
	return (superslab->units_free - 1U) * HAK_DENSITIES / HAK_UNITS;
}

static void unlist(struct hak_live *live, struct hak_superslab *superslab)
{
	struct hak_group *group = &live->group[superslab->group];
	unsigned bucket = superslab->bucket;

	if (bucket == HAK_UNLISTED)
		return;
	hak_list_remove(&superslab->link);
	if (hak_list_empty(&group->list[bucket]))
		group->used &= ~(1U << bucket);
	superslab->bucket = HAK_UNLISTED;
}

static void list(struct hak_live *live, struct hak_superslab *superslab,
		 unsigned bucket)
{
	struct hak_group *group = &live->group[superslab->group];

	if (bucket == HAK_UNLISTED)
		return;
	if (!(group->used >> bucket & 1)) {
		hak_list_init(&group->list[bucket]);
		/*
		 * This is the first superslab of the group that needs a huge page
		 * again. The keeper may sleep, and only the keeper makes huge pages
		 * (reclaim/mend.h).
		 */
		if (bucket == HAK_DENSITIES)
			hak_todo_add(HAK_TODO_CALL);
	}
	hak_list_push(&group->list[bucket], &superslab->link);
	group->used |= 1U << bucket;
	superslab->bucket = (uint8_t)bucket;
}

/*
 * The number of free units with pages, if the superslab is so sparse that hakmem
 * may give its free units to the kernel; otherwise 0.
 */
static unsigned sparse_units(const struct hak_live *live,
			     const struct hak_superslab *superslab)
{
	unsigned least = live->least;
	uint64_t units[2];
	unsigned count;

	if (superslab->units_free < least || superslab->pooled)
		return 0;
	count = hak_superslab_spare(
		superslab, !superslab->split && !superslab->small, units);
	return hak_policy_sparse(superslab->units_free, count, least) ? count
								      : 0;
}

static void count_sparse(struct hak_live *live, struct hak_superslab *superslab,
			 unsigned units)
{
	uint32_t sum = hak_read_once(&live->sparse) + units - superslab->sparse;

	if (units == superslab->sparse)
		return;
	superslab->sparse = (uint16_t)units;
	hak_write_once(&live->sparse, sum);
	if (sum <= hak_read_once(&live->alarm))
		return;
	hak_write_once(&live->alarm, UINT32_MAX);
	hak_todo_add(HAK_TODO_SPARSE);
}

/*
 * In the sum for the superslab's group, replace the number counted for this
 * superslab before by `units`.
 */
static void count(struct hak_live *live, struct hak_superslab *superslab,
		  unsigned units)
{
	/* perhaps negative, so modulo 2^32 */
	uint32_t more = units - superslab->counted;

	superslab->counted = (uint16_t)units;
	if (superslab->group == HAK_GROUP_MIXED)
		live->mixed += more;
	else if (superslab->group != HAK_GROUP_LONG)
		live->own += more;
}

static void relist(struct hak_live *live, struct hak_superslab *superslab)
{
	unsigned bucket = bucket_of(superslab);

	count(live, superslab, superslab->units_free);
	if (bucket == superslab->bucket)
		return;
	unlist(live, superslab);
	list(live, superslab, bucket);
}

void hak_live_put(struct hak_live *live, struct hak_superslab *superslab)
{
	count_sparse(live, superslab, sparse_units(live, superslab));
	relist(live, superslab);
}

void hak_live_give(struct hak_live *live, struct hak_superslab *superslab,
		   unsigned units)
{
	/* The units that came back were in use, so they have pages. */
	if (superslab->sparse)
		count_sparse(live, superslab, superslab->sparse + units);
	else if (superslab->units_free >= live->least)
		count_sparse(live, superslab, sparse_units(live, superslab));
	relist(live, superslab);
}

void hak_live_lend(struct hak_live *live, struct hak_superslab *superslab,
		   unsigned units)
{
	unsigned sparse = superslab->sparse;

	live->lent += units;
	superslab->lent = live->lent;
	/*
	 * Assume that the lent units counted as units with pages. A wrong guess
	 * costs little, because then the count is only a little too small.
	 */
	sparse = sparse > units ? sparse - units : 0;
	if (hak_unlikely(superslab->sparse))
		count_sparse(live, superslab,
			     hak_policy_sparse(superslab->units_free, sparse,
					       live->least)
				     ? sparse
				     : 0);
	relist(live, superslab);
}

void hak_live_remove(struct hak_live *live, struct hak_superslab *superslab)
{
	count(live, superslab, 0);
	count_sparse(live, superslab, 0);
	unlist(live, superslab);
}

/*
 * The number of units in slabs of all classes. The sum is below 0 only while a
 * superslab moves to another node (handover.c); take this as 0.
 */
static uint32_t held(const struct hak_live *live)
{
	return live->slab_units > 0 ? (uint32_t)live->slab_units : 0;
}

void hak_live_open(struct hak_live *live)
{
	live->least = hak_policy_sparse_calm();
	hak_write_once(&live->alarm, HAK_UNITS);
}

uint32_t hak_live_past(const struct hak_live *live)
{
	return 2 * HAK_UNITS + held(live) / 16;
}

void hak_live_share(struct hak_live *live, struct hak_superslab *superslab)
{
	if (superslab->group == HAK_GROUP_MIXED ||
	    superslab->group == HAK_GROUP_LONG ||
	    !hak_policy_shares(live->own, held(live)))
		return;
	hak_live_remove(live, superslab);
	superslab->group = HAK_GROUP_MIXED;
	hak_live_put(live, superslab);
}

unsigned hak_live_group(const struct hak_live *live, unsigned class)
{
	unsigned units = hak_sizeclass[class].units;

	if (hak_policy_coarse(units))
		return HAK_GROUP_LONG;
	return hak_policy_own_superslab(units, live->class_units[class]) &&
			       hak_policy_affords(live->own, held(live))
		       ? class
		       : HAK_GROUP_MIXED;
}

static struct hak_superslab *find(const struct hak_live *live,
				  const struct hak_search *search,
				  unsigned looks_each, unsigned *ret_first)
{
	const struct hak_group *group = &live->group[search->group];
	unsigned least = (search->units - 1) * HAK_DENSITIES / HAK_UNITS;
	uint64_t buckets = group->used & ~hak_low_mask(least);
	struct hak_superslab *superslab;
	const struct hak_list *anchor;
	struct hak_list *link;
	unsigned first, looks;

	for (; buckets; buckets &= buckets - 1) {
		anchor = &group->list[hak_lowest_bit(buckets)];
		looks = looks_each;
		hak_list_for_each(link, anchor)
		{
			superslab = hak_container_of(link, struct hak_superslab,
						     link);
			first = hak_superslab_find(superslab, search->units,
						   search->align);
			if (first < HAK_UNITS) {
				*ret_first = first;
				return superslab;
			}
			if (!--looks)
				break;
		}
	}
	return NULL;
}

struct hak_superslab *hak_live_find(const struct hak_live *live,
				    const struct hak_search *search,
				    unsigned *ret_first)
{
	return find(live, search, LOOKS, ret_first);
}

struct hak_superslab *hak_live_find_slab(const struct hak_live *live,
					 unsigned class, unsigned *ret_first)
{
	struct hak_search search = { hak_sizeclass[class].units, 1, class };
	unsigned group = hak_live_group(live, class);
	struct hak_superslab *superslab;

	superslab = find(live, &search, LOOKS, ret_first);
	if (superslab ||
	    (group == class && !hak_policy_fills(live->mixed, held(live))))
		return superslab;
	search.group = group == class ? HAK_GROUP_MIXED : group;
	return find(live, &search, LOOKS, ret_first);
}

struct hak_superslab *hak_live_find_anywhere(const struct hak_live *live,
					     const struct hak_search *search,
					     unsigned *ret_first)
{
	struct hak_superslab *superslab = NULL;
	struct hak_search each = *search;

	for (each.group = 0; !superslab && each.group < HAK_GROUPS;
	     each.group++)
		superslab = find(live, &each, UINT_MAX, ret_first);
	return superslab;
}
