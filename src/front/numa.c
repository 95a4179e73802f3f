/* SPDX-License-Identifier: MIT */
/* numa.c - calls for NUMA-aware programs; hakmem.h describes each call. */
#include "front/front.h"

#include "front/exported.h"
#include "front/malloc.h"
#include "front/slow.h"
#include "reclaim/settle.h"
#include "cache/thread.h"
#include "heap/block.h"
#include "heap/node.h"
#include "numa/place.h"
#include "numa/topology.h"
#include "base/stats.h"

#include <errno.h>
#include <stdint.h>

/*
 * The index of the node with the kernel's number `id`. If the node has no heap, the
 * function sets errno and returns HAK_NO_NODE.
 */
static int find(int id)
{
	int node = HAK_NO_NODE;

	if (hak_init() && id >= 0)
		node = hak_topology_node((unsigned)id);
	if (node == HAK_NO_NODE)
		errno = EINVAL;
	return node;
}

static void *alloc_on(struct hak_node *node, size_t bytes)
{
	unsigned class = hak_sizeclass_aligned(bytes, HAK_ALIGN);
	void *block = NULL;
	bool zero;

	if (class)
		return hak_shared_draw(node, class, &block, 1) ? block : NULL;
	if (bytes <= HAK_MEDIUM_MAX)
		return hak_medium_alloc(node, bytes, HAK_ALIGN, &zero);
	return hak_large_alloc_on((int)node->index, bytes, HAK_ALIGN, &zero);
}

void *hakmem_alloc_on_node(int id, size_t bytes)
{
	int node = find(id);
	void *block;

	if (node == HAK_NO_NODE)
		return NULL;
	hak_slow_begin();
	block = bytes <= PTRDIFF_MAX ? alloc_on(hak_nodes[node], bytes) : NULL;
	if (!block && hak_settle_join())
		block = alloc_on(hak_nodes[node], bytes);
	hak_slow_end();
	return block ? block : hak_no_memory();
}

/* Has hakmem moved the superslab to the node of its writers (watch/rebalance.c)? */
static bool handed_over(const struct hak_spot *spot)
{
	return spot->superslab < spot->span->mapped &&
	       hak_superslab_handed_over(&spot->span->superslab[spot->superslab]);
}

int hakmem_node_of(const void *pointer)
{
	struct hak_spot spot;
	int id;

	if (hak_init() && hak_window_has(pointer)) {
		spot = hak_window_spot(pointer);
		if (spot.span->node < hak_topology_nodes() && !handed_over(&spot))
			return (int)hak_topology_id(spot.span->node);
	}
	id = hak_place_where(pointer);
	if (id >= 0)
		return id;
	errno = -id;
	return -1;
}

int hakmem_bind_thread(int id)
{
	int node = id == -1 ? HAK_NO_NODE : find(id);

	if (id != -1 && node == HAK_NO_NODE)
		return -1;
	hak_thread_stay(node);
	hak_slow_end();
	return 0;
}

static uint64_t difference(const struct hak_stats *stats, enum hak_stat out,
			   enum hak_stat in)
{
	uint64_t gone = hak_stat_get(stats, in);
	uint64_t come = hak_stat_get(stats, out);

	return come > gone ? come - gone : 0;
}

int hakmem_node_totals(int id, struct hakmem_totals *ret_totals)
{
	int node = find(id);
	const struct hak_stats *stats;

	if (node == HAK_NO_NODE)
		return -1;
	hak_tcache_publish_own();
	stats = hak_nodes[node]->stats;
	*ret_totals = (struct hakmem_totals){
		.mapped = difference(stats, HAK_STAT_MAPPED,
				     HAK_STAT_UNMAPPED),
		.lent = difference(stats, HAK_STAT_SUPERSLABS_LENT,
				   HAK_STAT_SUPERSLABS_RETURNED) *
			HAK_SUPERSLAB_BYTES,
		.small = difference(stats, HAK_STAT_SMALL_OUT,
				    HAK_STAT_SMALL_IN),
		.larger =
			difference(stats, HAK_STAT_RUNS_OUT, HAK_STAT_RUNS_IN),
		.misplaced = hak_stat_get(stats, HAK_STAT_MISPLACED) *
			   HAK_SUPERSLAB_BYTES,
	};
	return 0;
}
