/* SPDX-License-Identifier: MIT */
/*
 * node.c - a node heap: the LIVE superslabs of a node, lent in units.
 *
 * Owns    the unit bitmaps of LIVE superslabs.
 * Locks   node->lock; takes a span's lock while holding node->lock.
 */
#include "heap/node.h"

#include "heap/meta.h"
#include "heap/missing.h"
#include "heap/policy.h"
#include "heap/span.h"
#include "heap/step.h"
#include "heap/window.h"
#include "os/kin.h"
#include "base/atomic.h"
#include "base/bits.h"
#include "base/todo.h"

#include <string.h>

enum { RETURN_MAX = 32 }; /* slabs returned under one hold of the node's lock */

struct hak_node *hak_nodes[HAK_SPANS_MAX];

/*
 * Lend a superslab from the node's own span, or from the nearest span with a
 * free superslab.
 */
static struct hak_superslab *lend_superslab(struct hak_node *node,
					    unsigned group)
{
	struct hak_superslab *superslab;
	struct hak_run run;
	unsigned i;

	for (i = 0; i < hak_window.spans; i++)
		if (hak_span_lend(hak_window_near(node->index, i), 1, 1, &run))
			break;
	if (i == hak_window.spans)
		return NULL;
	if (hak_kin_misses())
		hak_todo_add(HAK_TODO_INHERIT);
	superslab = &run.span->superslab[run.first];
	hak_superslab_set_node(superslab, node->index);
	hak_superslab_set_handed_over(superslab, false);
	hak_superslab_forget_writers(superslab);
	superslab->span = (uint16_t)(run.span - hak_window.span);
	superslab->group = (uint8_t)group;
	superslab->bucket = HAK_UNLISTED;
	superslab->counted = 0;
	superslab->sparse = 0;
	superslab->small = hak_step_small(run.first);
	superslab->thinned = false;
	hak_superslab_open(superslab, run.zero);
	if (!superslab->recorded && group != HAK_GROUP_LONG) {
		superslab->recorded = true;
		if (!superslab->small)
			hak_step_open_slabs(run.span, run.first);
	}
	return superslab;
}

static void take(struct hak_node *node, struct hak_superslab *superslab,
		 unsigned first, unsigned units, struct hak_units *ret_units)
{
	struct hak_span *span = &hak_window.span[superslab->span];
	uint32_t index = (uint32_t)(superslab - span->superslab);

	ret_units->zero = hak_superslab_take(superslab, first, units);
	hak_live_lend(&node->live, superslab, units);
	ret_units->address = hak_span_unit(span, index, first);
	ret_units->slab = &span->slab[(size_t)index * HAK_UNITS + first];
	ret_units->sparse = ret_units->zero &&
			    (superslab->split || superslab->small);
}

bool hak_node_take_locked(struct hak_node *node, unsigned units, unsigned align,
			  struct hak_units *ret_units)
{
	const struct hak_search search = { units, align,
					   hak_policy_coarse(units)
						   ? HAK_GROUP_LONG
						   : HAK_GROUP_MIXED };
	struct hak_superslab *superslab;
	unsigned first = 0;

	hak_lock_assert(&node->lock);
	superslab = hak_live_find(&node->live, &search, &first);
	if (!superslab)
		superslab = lend_superslab(node, search.group);
	if (!superslab)
		superslab =
			hak_live_find_anywhere(&node->live, &search, &first);
	if (!superslab)
		return false;
	take(node, superslab, first, units, ret_units);
	return true;
}

bool hak_node_take_slab_locked(struct hak_node *node, unsigned class,
			       struct hak_units *ret_units)
{
	const struct hak_search search = { hak_sizeclass[class].units, 1, 0 };
	struct hak_live *live = &node->live;
	struct hak_superslab *superslab;
	unsigned first = 0;

	hak_lock_assert(&node->lock);
	superslab = hak_live_find_slab(live, class, &first);
	if (!superslab)
		superslab = lend_superslab(node, hak_live_group(live, class));
	if (!superslab)
		superslab = hak_live_find_anywhere(live, &search, &first);
	if (!superslab)
		return false;
	take(node, superslab, first, search.units, ret_units);
	/*
	 * Set the class while the lock is held, because hak_handover() counts the
	 * slabs of each class under this lock.
	 */
	ret_units->slab->class = (uint8_t) class;
	hak_live_count(live, class, (int)search.units);
	return true;
}

/*
 * After `given` units came back, move the superslab to the list for its free units.
 * If all units are free, return the superslab to the span instead. True if so.
 */
static bool relist_locked(struct hak_node *node,
			  struct hak_superslab *superslab, unsigned given)
	HAK_REQUIRES(node->lock)
{
	struct hak_span *span = &hak_window.span[superslab->span];
	uint32_t index = (uint32_t)(superslab - span->superslab);

	hak_lock_assert(&node->lock);
	if (superslab->units_free < HAK_UNITS) {
		if (given)
			hak_live_give(&node->live, superslab, given);
		else
			hak_live_put(&node->live, superslab);
		return false;
	}
	hak_live_remove(&node->live, superslab);
	/*
	 * Clear the node in the record, because hak_handover() may be about to put
	 * the superslab on a list, and checks the node first.
	 */
	hak_superslab_set_node(superslab, HAK_NODELESS);
	if (hak_superslab_handed_over(superslab)) {
		/*
		 * hakmem moved the pages to another node than the span's node, on
		 * purpose. Now the pages have to move back.
		 */
		hak_superslab_set_handed_over(superslab, false);
		hak_span_set_misplaced(span, index, true);
		hak_todo_add(HAK_TODO_CALL);
	}
	hak_span_return(&(struct hak_run){ span, index, 1, false });
	return true;
}

bool hak_node_relist_locked(struct hak_node *node,
			    struct hak_superslab *superslab)
{
	hak_lock_assert(&node->lock);
	return relist_locked(node, superslab, 0);
}

/*
 * The class of the slab that begins at the spot; 0 if the units are of a medium
 * block.
 */
static unsigned class_of(const struct hak_spot *spot)
{
	const struct hak_span *span = spot->span;
	size_t unit = spot->superslab * HAK_UNITS + spot->unit;

	if (span->superslab[spot->superslab].first[spot->unit] != spot->unit ||
	    span->slab[unit].class >= HAK_CLASSES)
		return 0;
	return span->slab[unit].class;
}

void hak_node_give_locked(struct hak_node *node, void *address, unsigned units)
{
	const struct hak_spot spot = hak_window_spot(address);
	struct hak_superslab *superslab = &spot.span->superslab[spot.superslab];
	unsigned class = class_of(&spot);

	hak_lock_assert(&node->lock);
	if (class)
		hak_live_count(&node->live, class, -(int)units);
	hak_window_set(address, units, 0);
	hak_superslab_give(superslab, spot.unit, units);
	if (!relist_locked(node, superslab, units))
		hak_live_share(&node->live, superslab);
}

bool hak_node_extend_locked(struct hak_node *node, const void *address,
			    unsigned units, unsigned more)
{
	const struct hak_spot spot = hak_window_spot(address);
	struct hak_superslab *superslab = &spot.span->superslab[spot.superslab];
	unsigned end = spot.unit + units;

	hak_lock_assert(&node->lock);
	if (!hak_superslab_has(superslab, end, more))
		return false;
	hak_superslab_take(superslab, end, more);
	hak_live_lend(&node->live, superslab, more);
	memset(superslab->first + end, (int)spot.unit, more);
	return true;
}

struct hak_slab *hak_node_lend(struct hak_node *node, struct hak_owner *owner,
			       unsigned class, unsigned most)
{
	struct hak_slab *chain = NULL;
	struct hak_slab *slab;
	struct hak_units got;
	unsigned n;

	hak_lock_take(&node->lock);
	for (n = 0; n < most; n++) {
		if (!hak_node_take_slab_locked(node, class, &got))
			break;
		/*
		 * No other thread uses the slab's record yet, so keep the members
		 * of `got` in the record until the next loop.
		 */
		got.slab->start = got.address;
		got.slab->touched = got.sparse ? 0 : UINT32_MAX;
		got.slab->queued = chain;
		chain = got.slab;
	}
	hak_lock_drop(&node->lock);
	for (slab = chain; slab; slab = slab->queued) {
		got = (struct hak_units){ slab->start, slab, false,
					  slab->touched == 0 };
		hak_node_open_slab(node, &got, owner, class);
	}
	return chain;
}

/*
 * Return slabs from the start of the chain, as long as the same node has them,
 * under one hold of the node's lock. Returns the rest of the chain.
 */
static struct hak_slab *return_some(struct hak_slab *chain)
{
	struct hak_node *node = hak_node_lock_of(chain->start);
	struct hak_slab *slab;
	unsigned n = 0;

	hak_lock_adopt(&node->lock);
	do {
		slab = chain;
		/* Read the link now: soon the slab may have another owner. */
		chain = slab->queued;
		hak_node_give_locked(node, slab->start, slab->units);
	} while (++n < RETURN_MAX && chain &&
		 hak_node_of(chain->start) == node);
	hak_lock_drop(&node->lock);
	return chain;
}

void hak_node_return(struct hak_slab *chain)
{
	struct hak_node *owner;
	struct hak_slab *slab;
	unsigned n = 0;

	if (!chain)
		return;
	owner = hak_nodes[chain->owner->node];
	for (slab = chain; slab; slab = slab->queued)
		n++;
	while (chain)
		chain = return_some(chain);
	hak_stat_add(owner->stats, HAK_STAT_SLABS_RETURNED, n);
}

void hak_node_collect_later(struct hak_node *node)
{
	if (!hak_read_once(&node->shared.queue) &&
	    !hak_read_once(&node->callers.first))
		return;
	/* pairs with hak_parked_drain_noted() */
	hak_store_release(&node->collect, true);
	hak_todo_add(HAK_TODO_COLLECT);
}

static struct hak_superslab *superslab_of(const void *pointer)
{
	const struct hak_spot spot = hak_window_spot(pointer);

	return &spot.span->superslab[spot.superslab];
}

struct hak_node *hak_node_of(const void *pointer)
{
	return hak_nodes[hak_superslab_node(superslab_of(pointer))];
}

/*
 * Switch clang's check of locks off, because no attribute can name the returned
 * node's lock.
 */
struct hak_node *hak_node_lock_of(const void *pointer) HAK_UNCHECKED_LOCKS
{
	const struct hak_superslab *superslab = superslab_of(pointer);
	struct hak_node *node;

	for (;;) {
		node = hak_nodes[hak_superslab_node(superslab)];
		hak_lock_take(&node->lock);
		if (hak_likely(hak_superslab_node(superslab) == node->index))
			return node;
		hak_lock_drop(&node->lock);
	}
}

static bool open_node(unsigned index)
{
	struct hak_span *span = &hak_window.span[index];
	struct hak_node *node = hak_meta_alloc(span, sizeof(*node));

	if (!node)
		return false;
	hak_nodes[index] = node;
	node->index = index;
	node->span = span;
	node->stats = &node->span->stats;
	hak_lock_init(&node->park, HAK_LOCK_PARK);
	hak_lock_init(&node->lock, HAK_LOCK_NODE);
	hak_list_init(&node->parked);
	hak_live_open(&node->live);
	hak_owner_open(&node->shared, hak_owner_key(), index, &node->callers);
	return true;
}

bool hak_nodes_open(unsigned nodes)
{
	unsigned i;

	hak_meta_init();
	hak_missing_init();
	for (i = 0; i < nodes; i++)
		if (!open_node(i))
			return false;
	return true;
}
