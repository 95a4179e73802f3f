/* SPDX-License-Identifier: MIT */
/*
 * check.c - looks for wrongly freed blocks.
 *
 * realloc checks whether a pointer is a block in use. exit checks the blocks that
 * the running thread has freed and that hakmem has not checked yet. The checks
 * change nothing and take no lock, because a signal handler may call exit() in the
 * middle of any work.
 *
 * Calls   slab.h, claim.h.
 */
#include "cache/tcache.h"

#include "cache/claim.h"
#include "heap/window.h"
#include "base/atomic.h"
#include "base/fault.h"

/* The address must be a block's start, and the slab must not have the block yet. */
void hak_tcache_check_block(const hak_word *block)
{
	const struct hak_slab *slab = hak_slab_of(block);
	unsigned index = hak_slab_index(slab, block);

	if (index == HAK_SLAB_BLOCKS_MAX)
		hak_slab_fault(HAK_FAULT_INTERIOR_FREE, block);
	if (hak_slab_has(slab, index))
		hak_slab_fault(HAK_FAULT_DOUBLE_FREE, block);
}

static const hak_word *next_of(const struct hak_tcache *tcache, unsigned class,
			       const hak_word *block)
{
	return block ? hak_tcache_next(tcache, class, block) : NULL;
}

/*
 * The list has more blocks than the bin counts: a block freed twice makes the list
 * a ring, and the ring begins with this block. A second walk at double speed meets
 * the first walk in the ring. Two more walks at equal speed, from the first block
 * of the list and from the meeting place, then meet at the begin of the ring.
 */
static HAK_COLD HAK_NORETURN void find_twice(const struct hak_tcache *tcache,
					     unsigned class,
					     const hak_word *first)
{
	const hak_word *slow = first, *fast = first;

	do {
		slow = next_of(tcache, class, slow);
		fast = next_of(tcache, class, fast);
		fast = next_of(tcache, class, fast);
	} while (fast && fast != slow);
	if (!fast)
		hak_fault_state("a list is longer than its room");
	for (; first != slow; first = next_of(tcache, class, first))
		slow = next_of(tcache, class, slow);
	hak_slab_fault(HAK_FAULT_DOUBLE_FREE, first);
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
			find_twice(tcache, class, first);
		hak_tcache_check_block(block);
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

/* No block may be free for the owner, and returned by another thread as well. */
static void check_slabs(const struct hak_tcache *tcache, unsigned class)
{
	const struct hak_list *link;
	const struct hak_slab *slab;
	uint64_t twice;
	unsigned i;

	hak_list_for_each(link, &tcache->owner.slabs[class]) {
		slab = hak_container_of(link, struct hak_slab, link);
		for (i = 0; i < hak_div_up(slab->blocks, 64); i++) {
			twice = slab->free_map[i] &
				hak_read_once(&slab->returned[i]);
			if (twice)
				hak_slab_fault_index(HAK_FAULT_DOUBLE_FREE,
						     slab,
						     i * 64 +
							     hak_lowest_bit(twice));
		}
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
	for (class = 1; class < HAK_CLASSES; class++) {
		check_bin(tcache, class);
		check_slabs(tcache, class);
	}
	hak_claim_leave(tcache, work);
}

/*
 * Is the block on the list of the class? A block whose first word is no link is on
 * no list. The first word of a block with own pages may be unreadable; then search
 * the list.
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
 * Is the block gathered for another owner? The keeper may have delivered the block
 * already, so the caller also checks the slab's bitmaps.
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
