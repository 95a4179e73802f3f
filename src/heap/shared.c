/* SPDX-License-Identifier: MIT */
/*
 * shared.c - slabs that threads of a node share, for classes of which they need few
 * blocks.
 *
 * Owns    the node's shared slabs.
 * Locks   node->lock to draw and collect. A thread that frees a block of a shared slab
 *         takes no lock: the thread changes the slab's second bitmap and its count.
 * Calls   owner.h, node.h.
 */
#include "heap/node.h"

/* idle units that stay, for the next thread in need of few blocks */
enum { IDLE_UNITS = 4 };

/*
 * Return idle slabs to the node, the slabs that have been idle for longest first,
 * until the idle slabs have at most `units` units.
 */
static void evict_locked(struct hak_node *node, uint32_t units)
	HAK_REQUIRES(node->lock)
{
	struct hak_slab *chain = hak_owner_evict(&node->shared, units);
	struct hak_slab *slab;

	hak_lock_assert(&node->lock);
	while ((slab = chain)) {
		chain = slab->queued;
		hak_stat_add(node->stats, HAK_STAT_SLABS_RETURNED, 1);
		hak_node_give_locked(node, slab->start, slab->units);
	}
}

static void publish_locked(struct hak_node *node) HAK_REQUIRES(node->lock)
{
	hak_lock_assert(&node->lock);
	if (!node->shared.bytes_in)
		return;
	hak_stat_add(node->stats, HAK_STAT_SMALL_IN, node->shared.bytes_in);
	node->shared.bytes_in = 0;
}

static void drain_locked(struct hak_node *node) HAK_REQUIRES(node->lock)
{
	hak_lock_assert(&node->lock);
	hak_owner_drain(&node->shared, HAK_DRAIN_TO_WAIT);
	evict_locked(node, IDLE_UNITS);
}

static struct hak_slab *lend_locked(struct hak_node *node, unsigned class)
	HAK_REQUIRES(node->lock)
{
	struct hak_slab *slab;
	struct hak_units got;

	hak_lock_assert(&node->lock);
	if (!hak_node_take_slab_locked(node, class, &got))
		return NULL;
	slab = hak_node_open_slab(node, &got, &node->shared, class);
	slab->queued = NULL;
	hak_owner_add(&node->shared, slab);
	return hak_owner_find(&node->shared, class);
}

unsigned hak_shared_draw(struct hak_node *node, unsigned class,
			 void **ret_blocks, unsigned most)
{
	struct hak_slab *slab;
	unsigned n = 0;

	hak_lock_take(&node->lock);
	drain_locked(node);
	slab = hak_owner_find(&node->shared, class);
	if (!slab)
		slab = lend_locked(node, class);
	if (slab)
		n = hak_owner_draw(&node->shared, slab, ret_blocks, most);
	publish_locked(node);
	hak_lock_drop(&node->lock);
	hak_stat_add(node->stats, HAK_STAT_SMALL_OUT,
		     (uint64_t)n * hak_sizeclass[class].bytes);
	return n;
}

void hak_shared_drain(struct hak_node *node)
{
	hak_lock_take(&node->lock);
	drain_locked(node);
	publish_locked(node);
	hak_lock_drop(&node->lock);
}

void hak_shared_tidy(struct hak_node *node)
{
	unsigned class;

	hak_shared_drain(node);
	for (class = 1; class < HAK_CLASSES; class++) {
		hak_lock_take(&node->lock);
		hak_owner_tidy(&node->shared, class);
		evict_locked(node, 0);
		publish_locked(node);
		hak_lock_drop(&node->lock);
	}
}
