/* SPDX-License-Identifier: MIT */
/*
 * check.c - a last look at what a thread freed and nobody has looked at yet.
 *
 * Changes nothing, and takes no lock: exit() may have been called by a signal
 * handler in the middle of anything.
 * Calls   slab.h, claim.h.   Called by  front/init.c, after main.
 */
#include "tcache.h"

#include "claim.h"

#include "window.h"

#include "fault.h"

/* Its start is a block's start, and its slab does not have it already. */
static void check_block(const hak_word *block)
{
	const struct hak_slab *slab = hak_slab_of(block);
	unsigned index = hak_slab_index(slab, block);

	if (index == HAK_SLAB_BLOCKS_MAX)
		hak_slab_fault(HAK_FAULT_INTERIOR_FREE, block);
	if ((slab->home[index / 64] |
	     atomic_load_explicit(&slab->returned[index / 64],
				  memory_order_relaxed)) >>
		    (index & 63) &
	    1)
		hak_slab_fault(HAK_FAULT_DOUBLE_FREE, block);
}

/* The block that comes twice in the first `most` of a list. */
static HAK_COLD HAK_NORETURN void find_twice(const struct hak_tcache *tcache,
					     unsigned class,
					     const hak_word *first,
					     unsigned most)
{
	const hak_word *block = first, *before;
	unsigned i, j;

	for (i = 0; i <= most; i++, block = hak_tcache_next(tcache, class, block))
		for (j = 0, before = first; j < i;
		     j++, before = hak_tcache_next(tcache, class, before))
			if (before == block)
				hak_slab_fault(HAK_FAULT_DOUBLE_FREE, block);
	hak_fault_state("a list is longer than its room");
}

static void check_bin(const struct hak_tcache *tcache, unsigned class)
{
	const hak_word *first = hak_tcache_first(tcache, class);
	unsigned most = hak_tcache_length(tcache, class);
	const hak_word *block;
	unsigned n = 0;

	for (block = first; block;
	     block = hak_tcache_next(tcache, class, block)) {
		if (n++ == most)
			find_twice(tcache, class, first, most);
		check_block(block);
	}
}

/* What is on its way to other owners has not arrived there already. */
static void check_outgoing(const struct hak_tcache *tcache)
{
	const struct hak_outgoing *out;
	uint64_t twice;

	for (out = tcache->outgoing; out < tcache->outgoing + HAK_OUTGOING;
	     out++) {
		if (!out->blocks)
			continue;
		twice = out->blocks &
			atomic_load_explicit(&out->slab->returned[out->word],
					     memory_order_relaxed);
		if (twice)
			hak_slab_fault_index(HAK_FAULT_DOUBLE_FREE, out->slab,
					     out->word * 64 +
						     hak_lowest_bit(twice));
	}
}

void hak_tcache_check(struct hak_tcache *tcache)
{
	uint32_t work;
	unsigned class;

	if (hak_claim_at_work(tcache))
		return;
	/* Not while the keeper delivers. */
	work = hak_claim_enter(tcache);
	check_outgoing(tcache);
	for (class = 1; class < HAK_CLASSES; class++)
		check_bin(tcache, class);
	hak_claim_leave(tcache, work);
}
