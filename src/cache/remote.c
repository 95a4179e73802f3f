/* SPDX-License-Identifier: MIT */
/*
 * remote.c - blocks that go home to slabs of other owners.
 *
 * Owns    a tcache's outgoing blocks.
 * Calls   slab.h.   Called by  tcache.c, front/.
 */
#include "remote.h"

#include "fault.h"
#include "slab.h"
#include "tcache.h"

static void deliver(struct hak_tcache *tcache, struct hak_outgoing *out)
{
	unsigned blocks = hak_count_bits(out->blocks);

	if (!blocks)
		return;
	tcache->outgoing_blocks -= blocks;
	hak_stat_add(tcache->node->stats, HAK_STAT_REMOTE_FREES, blocks);
	hak_slab_return_remote(out->slab, out->word, out->blocks);
	out->blocks = 0;
}

static struct hak_outgoing *place_for(struct hak_tcache *tcache,
				      const struct hak_slab *slab,
				      unsigned word)
{
	uintptr_t hash = (uintptr_t)slab / sizeof(*slab) + word;

	return &tcache->outgoing[hash % HAK_OUTGOING];
}

void hak_remote_free(struct hak_tcache *tcache, void *block)
{
	struct hak_slab *slab = hak_slab_of(block);
	unsigned index = hak_slab_index(slab, block);
	uint64_t bit = 1UL << (index & 63);
	struct hak_outgoing *out;

	if (hak_unlikely(index == HAK_SLAB_BLOCKS_MAX))
		hak_slab_fault(HAK_FAULT_INTERIOR_FREE, block);
	if (!tcache) {
		hak_slab_return_remote(slab, index / 64, bit);
		return;
	}
	out = place_for(tcache, slab, index / 64);
	if (out->slab != slab || out->word != index / 64) {
		deliver(tcache, out);
		out->slab = slab;
		out->word = index / 64;
	}
	if (hak_unlikely(out->blocks & bit))
		hak_slab_fault(HAK_FAULT_DOUBLE_FREE, block);
	out->blocks |= bit;
	if (++tcache->outgoing_blocks == HAK_OUTGOING_MAX)
		hak_remote_deliver(tcache);
}

void hak_remote_deliver(struct hak_tcache *tcache)
{
	unsigned i;

	for (i = 0; i < HAK_OUTGOING && tcache->outgoing_blocks; i++)
		deliver(tcache, &tcache->outgoing[i]);
}
