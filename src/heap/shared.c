/* SPDX-License-Identifier: MIT */
/*
 * shared.c - slabs owned by the node itself, for threads in need of few blocks.
 *
 * Owns    the node's shared slabs, as their owner.
 * Locks   node->lock for everything; a freeing thread uses the remote word only.
 * Calls   slab.h, node.h.
 */
#include "heap/node.h"

#include "heap/window.h"

static void relist(struct hak_node *node, struct hak_slab *slab)
{
	slab->listed = true;
	hak_list_push(&node->shared_slabs[slab->class], &slab->link);
}

static void count_in(struct hak_node *node, const struct hak_slab *slab,
			 unsigned blocks)
{
	hak_stat_add(node->stats, HAK_STAT_SMALL_IN,
		     (uint64_t)blocks * hak_sizeclass[slab->class].bytes);
}

/* Return an idle slab to the node. */
static void return_locked(struct hak_node *node, struct hak_slab *slab)
{
	hak_list_remove(&slab->link);
	hak_stat_add(node->stats, HAK_STAT_SLABS_RETURNED, 1);
	hak_node_give_locked(node, slab->start, slab->units);
}

/*
 * Ask a remaining slab to queue itself at its next remote free. Otherwise
 * nobody might look at the slab again, as long as nobody draws from the class.
 */
static void watch(struct hak_node *node, struct hak_slab *slab)
{
	while (!hak_slab_watch(slab))
		count_in(node, slab, hak_slab_collect(slab));
}

static void drain_locked(struct hak_node *node)
{
	struct hak_slab *slab = hak_slab_dequeue_all(&node->shared);
	struct hak_list *list;
	struct hak_slab *next;

	for (; slab; slab = next) {
		next = slab->queued;
		list = &node->shared_slabs[slab->class];
		count_in(node, slab, hak_slab_dequeued(slab));
		if (!slab->listed)
			relist(node, slab);
		watch(node, slab);
		/*
		 * Keep the last slab of a class: the class would soon need a
		 * slab again.
		 */
		if (hak_slab_idle(slab) && list->next->next != list)
			return_locked(node, slab);
	}
}

/* Find the first slab of the class with a free block, or NULL. */
static struct hak_slab *find_locked(struct hak_node *node, unsigned class)
{
	struct hak_list *slabs = &node->shared_slabs[class];
	struct hak_slab *slab;

	while ((slab = hak_list_first(slabs, struct hak_slab, link))) {
		if (!slab->free)
			count_in(node, slab, hak_slab_collect(slab));
		if (slab->free)
			return slab;
		if (hak_slab_watch(slab)) {
			slab->listed = false;
			hak_list_remove(&slab->link);
		}
	}
	return NULL;
}

static struct hak_slab *lend_locked(struct hak_node *node, unsigned class)
{
	unsigned units = hak_sizeclass[class].units;
	struct hak_units got;

	if (!hak_node_take_locked(node, units, 1, &got))
		return NULL;
	hak_slab_open(got.slab, &node->shared, got.address, class);
	hak_window_set(got.address, units,
		       hak_entry(node->shared.key, class));
	relist(node, got.slab);
	hak_stat_add(node->stats, HAK_STAT_SLABS_LENT, 1);
	return got.slab;
}

unsigned hak_shared_draw(struct hak_node *node, unsigned class,
			 void **ret_blocks, unsigned most)
{
	struct hak_slab *slab;
	unsigned n = 0;

	hak_lock_take(&node->lock);
	drain_locked(node);
	slab = find_locked(node, class);
	if (!slab)
		slab = lend_locked(node, class);
	if (slab)
		n = hak_slab_draw(slab, ret_blocks, most);
	hak_lock_drop(&node->lock);
	hak_stat_add(node->stats, HAK_STAT_SMALL_OUT,
		     (uint64_t)n * hak_sizeclass[class].bytes);
	return n;
}

void hak_shared_drain(struct hak_node *node)
{
	hak_lock_take(&node->lock);
	drain_locked(node);
	hak_lock_drop(&node->lock);
}

static void tidy_class_locked(struct hak_node *node, unsigned class)
{
	struct hak_list *list = &node->shared_slabs[class];
	struct hak_list *link, *next;
	struct hak_slab *slab;

	for (link = list->next; link != list; link = next) {
		next = link->next;
		slab = hak_container_of(link, struct hak_slab, link);
		watch(node, slab);
		if (hak_slab_idle(slab))
			return_locked(node, slab);
	}
}

void hak_shared_tidy(struct hak_node *node)
{
	unsigned class;

	hak_shared_drain(node);
	for (class = 1; class < HAK_CLASSES; class++) {
		hak_lock_take(&node->lock);
		tidy_class_locked(node, class);
		hak_lock_drop(&node->lock);
	}
}
