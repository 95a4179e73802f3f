/* SPDX-License-Identifier: MIT */
/*
 * check.c - looks for wrongly freed blocks.
 *
 * realloc checks whether a pointer is a block in use. exit checks all blocks
 * that a thread has freed and that hakmem has not checked yet. The checks
 * change nothing and take no lock, because a signal handler may call exit() in
 * the middle of any work.
 *
 * Calls   slab.h, claim.h.
 */
#include "cache/tcache.h"

#include "cache/claim.h"
#include "heap/window.h"
#include "base/atomic.h"
#include "base/fault.h"

/*
 * The address must be the start of a block, and the block must not be free in
 * the slab's bitmaps.
 */
static void check_block(const hak_word *block)
{
	const struct hak_slab *slab = hak_slab_of(block);
	unsigned index = hak_slab_index(slab, block);

	if (index == HAK_SLAB_BLOCKS_MAX)
		hak_slab_fault(HAK_FAULT_INTERIOR_FREE, block);
	if (hak_slab_has(slab, index))
		hak_slab_fault(HAK_FAULT_DOUBLE_FREE, block);
}

/*
 * The list is longer than a bin can be, so a block is twice among the first
 * `most` blocks of the list. Find the block and report it.
 */
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

/* Check that no gathered block is already free in the slab of the other owner. */
static void check_outgoing(const struct hak_tcache *tcache)
{
	const struct hak_outgoing *out;
	uint64_t twice;

	for (out = tcache->outgoing; out < tcache->outgoing + HAK_OUTGOING;
	     out++) {
		if (!out->blocks)
			continue;
		twice = out->blocks &
			hak_read_once(&out->slab->returned[out->word]);
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
	/* Wait until the keeper has delivered, if the keeper is at work here. */
	work = hak_claim_enter(tcache);
	check_outgoing(tcache);
	for (class = 1; class < HAK_CLASSES; class++)
		check_bin(tcache, class);
	hak_claim_leave(tcache, work);
}

/*
 * Is the block on the list of its class? For most other blocks the first word
 * already shows that they are on no list. The first word of a block with pages
 * of its own may be unreadable; then search the list.
 */
static bool is_listed(const struct hak_tcache *tcache, unsigned class,
		      const hak_word *block, bool read)
{
	unsigned most = hak_sizeclass[class].cached;
	const hak_word *on;

	if ((read || hak_sizeclass[class].bytes < HAK_OWN_PAGE) &&
	    !hak_tcache_looks_listed(block))
		return false;
	for (on = hak_tcache_first(tcache, class); on && most--;
	     on = hak_tcache_next(tcache, class, on))
		if (on == block)
			return true;
	return false;
}

/*
 * Is the block free on its way to another owner? The keeper may deliver the
 * block meanwhile, so also check the slab's bitmaps.
 */
static bool is_outgoing(const struct hak_tcache *tcache,
			const struct hak_slab *slab, unsigned index)
{
	const struct hak_outgoing *out;

	for (out = tcache->outgoing; out < tcache->outgoing + HAK_OUTGOING;
	     out++)
		if (out->slab == slab && out->word == index / 64 &&
		    __atomic_load_n(&out->blocks, __ATOMIC_RELAXED) >>
				    (index & 63) &
			    1)
			return true;
	return false;
}

bool hak_tcache_is_lent(const struct hak_tcache *tcache, const void *pointer,
			uint32_t entry, bool read)
{
	const struct hak_slab *slab;
	unsigned class = hak_entry_class(entry);
	unsigned index = hak_slab_start(pointer, class, &slab);

	if (index == HAK_SLAB_BLOCKS_MAX || hak_slab_has(slab, index))
		return false;
	if (hak_entry_key(entry) == tcache->key)
		return !is_listed(tcache, class, pointer, read);
	return !is_outgoing(tcache, slab, index);
}
