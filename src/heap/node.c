/* SPDX-License-Identifier: MIT */
/*
 * node.c - a node heap: the LIVE superslabs of a node, lent in units.
 *
 * Owns    the lists of LIVE superslabs, and their unit bitmaps.
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

#include <limits.h>
#include <string.h>

enum {
	LOOKS = 32,	 /* superslabs tried in one density list */
	RETURN_MAX = 32, /* slabs returned under one lock */
};

struct hak_node *hak_nodes[HAK_SPANS_MAX];

static unsigned bucket_of(const struct hak_superslab *superslab)
{
	if (superslab->split && hak_policy_dense(superslab->units_free))
		return HAK_DENSITIES;
	if (!superslab->units_free)
		return HAK_UNLISTED;
	return (superslab->units_free - 1U) * HAK_DENSITIES / HAK_UNITS;
}

static void relist(struct hak_node *node, struct hak_superslab *superslab)
{
	unsigned bucket = bucket_of(superslab);

	if (bucket == superslab->bucket)
		return;
	if (superslab->bucket != HAK_UNLISTED)
		hak_list_remove(&superslab->link);
	if (bucket != HAK_UNLISTED)
		hak_list_push(&node->live[superslab->coarse][bucket],
			      &superslab->link);
	superslab->bucket = (uint8_t)bucket;
}

struct search {
	unsigned units;
	unsigned align;
	unsigned looks; /* in each density list */
	bool coarse;
};

static struct hak_superslab *find(struct hak_node *node,
				  const struct search *search,
				  unsigned *ret_first)
{
	struct hak_superslab *superslab;
	struct hak_list *link;
	unsigned bucket, first, looks;

	for (bucket = (search->units - 1) * HAK_DENSITIES / HAK_UNITS;
	     bucket <= HAK_DENSITIES; bucket++) {
		looks = search->looks;
		hak_list_for_each(link, &node->live[search->coarse][bucket]) {
			superslab = hak_container_of(
				link, struct hak_superslab, link);
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

/* Without another superslab: find any free row in any list. */
static struct hak_superslab *find_anywhere(struct hak_node *node,
					   struct search search,
					   unsigned *ret_first)
{
	struct hak_superslab *superslab;

	search.looks = UINT_MAX;
	superslab = find(node, &search, ret_first);
	if (superslab)
		return superslab;
	search.coarse = !search.coarse;
	return find(node, &search, ret_first);
}

/*
 * Lend a superslab from the node's own span, or from the nearest span with a
 * free superslab.
 */
static struct hak_superslab *lend_superslab(struct hak_node *node,
					    bool coarse)
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
	superslab->coarse = coarse;
	superslab->bucket = HAK_UNLISTED;
	hak_superslab_open(superslab, run.zero);
	if (!superslab->recorded && !coarse) {
		superslab->recorded = true;
		if (!hak_step_small(run.first))
			hak_step_open_slabs(run.span, run.first);
	}
	relist(node, superslab);
	return superslab;
}

bool hak_node_take_locked(struct hak_node *node, unsigned units,
			  unsigned align, struct hak_units *ret_units)
{
	struct search search = { units, align, LOOKS,
				 hak_policy_coarse(units) };
	struct hak_superslab *superslab;
	struct hak_span *span;
	unsigned first = 0;
	uint32_t index;

	hak_lock_assert(&node->lock);
	superslab = find(node, &search, &first);
	if (!superslab)
		superslab = lend_superslab(node, search.coarse);
	if (!superslab)
		superslab = find_anywhere(node, search, &first);
	if (!superslab)
		return false;
	ret_units->zero = hak_superslab_take(superslab, first, units);
	relist(node, superslab);

	span = &hak_window.span[superslab->span];
	index = (uint32_t)(superslab - span->superslab);
	ret_units->address = hak_span_unit(span, index, first);
	ret_units->slab = &span->slab[(size_t)index * HAK_UNITS + first];
	ret_units->sparse = ret_units->zero &&
			    (superslab->split || hak_step_small(index));
	return true;
}

bool hak_node_relist_locked(struct hak_node *node,
			    struct hak_superslab *superslab)
{
	struct hak_span *span = &hak_window.span[superslab->span];
	uint32_t index = (uint32_t)(superslab - span->superslab);

	hak_lock_assert(&node->lock);
	if (superslab->units_free < HAK_UNITS) {
		relist(node, superslab);
		return false;
	}
	if (superslab->bucket != HAK_UNLISTED)
		hak_list_remove(&superslab->link);
	superslab->bucket = HAK_UNLISTED;
	/* Clear the node: a thread about to list the superslab has to notice. */
	hak_superslab_set_node(superslab, HAK_NODELESS);
	if (hak_superslab_handed_over(superslab)) {
		/*
		 * The superslab lies on another node on purpose, and has to come
		 * home.
		 */
		hak_superslab_set_handed_over(superslab, false);
		hak_span_set_spilled(span, index, true);
		hak_todo_add(HAK_TODO_CALL);
	}
	hak_span_return(&(struct hak_run){ span, index, 1, false });
	return true;
}

void hak_node_give_locked(struct hak_node *node, void *address, unsigned units)
{
	const struct hak_spot spot = hak_window_spot(address);
	struct hak_superslab *superslab = &spot.span->superslab[spot.superslab];

	hak_lock_assert(&node->lock);
	hak_window_set(address, units, 0);
	hak_superslab_give(superslab, spot.unit, units);
	hak_node_relist_locked(node, superslab);
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
	memset(superslab->first + end, (int)spot.unit, more);
	relist(node, superslab);
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
		if (!hak_node_take_locked(node, hak_sizeclass[class].units, 1,
					  &got))
			break;
		/* Nobody else uses the record now: keep the units there. */
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

/* Bring back the next slabs of the chain that lie on one node. */
static struct hak_slab *return_some(struct hak_slab *chain)
{
	struct hak_node *node = hak_node_lock_of(chain->start);
	struct hak_slab *slab;
	unsigned n = 0;

	hak_lock_adopt(&node->lock);
	do {
		slab = chain;
		/* Read now: soon the slab may be another owner's. */
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

/* No attribute can name the lock of the returned node. */
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
	unsigned i;

	if (!node)
		return false;
	hak_nodes[index] = node;
	node->index = index;
	node->span = span;
	node->stats = &node->span->stats;
	hak_lock_init(&node->park, HAK_LOCK_PARK);
	hak_lock_init(&node->lock, HAK_LOCK_NODE);
	hak_list_init(&node->parked);
	for (i = 0; i <= HAK_DENSITIES; i++) {
		hak_list_init(&node->live[false][i]);
		hak_list_init(&node->live[true][i]);
	}
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
