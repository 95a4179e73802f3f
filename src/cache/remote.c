/* SPDX-License-Identifier: MIT */
/*
 * remote.c - remote frees: blocks in slabs of another owner.
 *
 * Owns    a tcache's gathered blocks.
 * Calls   claim.h, heap/slab.h, heap/node.h.
 */
#include "cache/remote.h"

#include "cache/claim.h"
#include "cache/tcache.h"
#include "heap/node.h"
#include "heap/slab.h"
#include "numa/topology.h"
#include "base/atomic.h"
#include "base/fault.h"

enum {
	OUTGOING_BYTES = 16 << 10, /* gathered bytes at which a tcache delivers all */
	TIDY_EVERY = 64,       /* deliveries between two notes for an owner's node */
	TIDY_BYTES = 64 << 10, /* delivered bytes between two notes for all nodes */
};

HAK_INLINE void deliver(struct hak_tcache *tcache, struct hak_outgoing *out)
{
	uint64_t blocks = out->blocks;
	struct hak_node *node = NULL;

	if (!blocks)
		return;
	/*
	 * Read the owner's node only at some deliveries, because other CPUs often
	 * write to the owner's cache line. Read before the delivery, because
	 * afterwards the owner may return the slab.
	 */
	if (++tcache->delivered % TIDY_EVERY == 0)
		node = hak_nodes[out->slab->owner->node];
	/* Clear `out` first: a fork child must not deliver the blocks again. */
	out->blocks = 0;
	atomic_signal_fence(memory_order_acq_rel);
	tcache->remote_frees += hak_count_bits(blocks);
	hak_slab_return_remote(out->slab, out->word, blocks);
	/*
	 * If the owner is parked, or is a node heap, no thread collects the blocks
	 * without a note.
	 */
	if (node)
		hak_node_collect_later(node);
}

/* Leave a note on each node where remote frees wait for a thread to collect them. */
static void collect_later(void)
{
	unsigned i;

	for (i = 0; i < hak_topology_nodes(); i++)
		hak_node_collect_later(hak_nodes[i]);
}

static struct hak_outgoing *
place_for(struct hak_tcache *tcache, const struct hak_slab *slab, unsigned word)
{
	uintptr_t hash = (uintptr_t)slab / sizeof(*slab) + word;

	return &tcache->outgoing[hash % HAK_OUTGOING];
}

/*
 * Gather the block together with other blocks of the same word of the slab's bitmap. If
 * the place in `outgoing` has blocks of another slab or word, deliver those first.
 */
static void gather(struct hak_tcache *tcache, struct hak_slab *slab,
		   unsigned index)
{
	struct hak_outgoing *out = place_for(tcache, slab, index / 64);
	uint64_t bit = 1UL << (index & 63);

	if (out->slab != slab || out->word != index / 64) {
		deliver(tcache, out);
		out->slab = slab;
		out->word = index / 64;
		/* A fork child must not find the new bit with the old slab. */
		atomic_signal_fence(memory_order_acq_rel);
	}
	if (hak_unlikely(out->blocks & bit))
		hak_slab_fault_index(HAK_FAULT_DOUBLE_FREE, slab, index);
	out->blocks |= bit;
	tcache->outgoing_bytes += hak_sizeclass[slab->class].bytes;
	if (tcache->outgoing_bytes >= OUTGOING_BYTES)
		hak_remote_deliver(tcache);
}

void hak_remote_free(struct hak_tcache *tcache, void *block)
{
	struct hak_slab *slab = hak_slab_of(block);
	unsigned index = hak_slab_index(slab, block);
	uint32_t work;

	if (hak_unlikely(index == HAK_SLAB_BLOCKS_MAX))
		hak_slab_fault(HAK_FAULT_INTERIOR_FREE, block);
	if (!tcache) {
		hak_stat_add(hak_nodes[slab->owner->node]->stats,
			     HAK_STAT_REMOTE_FREES, 1);
		hak_slab_return_remote(slab, index / 64, 1UL << (index & 63));
		return;
	}
	work = hak_claim_enter(tcache);
	gather(tcache, slab, index);
	hak_claim_leave(tcache, work);
}

void hak_remote_deliver(struct hak_tcache *tcache)
{
	unsigned i;

	tcache->sent += tcache->outgoing_bytes;
	tcache->outgoing_bytes = 0;
	for (i = 0; i < HAK_OUTGOING; i++)
		deliver(tcache, &tcache->outgoing[i]);
	if (tcache->remote_frees)
		hak_stat_add(tcache->node->stats, HAK_STAT_REMOTE_FREES,
			     tcache->remote_frees);
	tcache->remote_frees = 0;
	if (tcache->sent >= TIDY_BYTES) {
		tcache->sent = 0;
		collect_later();
	}
}
