/* SPDX-License-Identifier: MIT */
/*
 * check.c - looks for wrongly freed blocks.
 *
 * realloc checks whether a pointer is a block in use. exit checks the blocks that
 * the running thread has freed and that hakmem has not checked yet. The checks
 * change no bin and no slab and take no lock, because a signal handler may call
 * exit() in the middle of any work.
 *
 * Calls   bin.h, claim.h, heap/slab.h, os/filter.h, os/map.h.
 */
#include "cache/tcache.h"

#include "cache/bin.h"
#include "cache/claim.h"
#include "heap/window.h"
#include "os/filter.h"
#include "os/map.h"
#include "base/atomic.h"
#include "base/fault.h"

/* check_bin() searches a bin of at most so many blocks once for each block. */
enum { FEW = 64 };

/* The number of the bin's cells that point to the block. */
static unsigned count_block(const struct hak_tcache *tcache, unsigned class,
			    const void *block)
{
	const hak_cell *cell = tcache->top[class];
	unsigned n = 0;

	while (*--cell != &tcache->nil)
		n += *cell == block;
	return n;
}

/*
 * A hash table of the blocks that check_bin() has read so far in bins of more than FEW
 * blocks. The table is at most half full.
 */
struct seen {
	const void **slot; /* NULL: no table */
	size_t bytes;	   /* of the table */
	size_t mask;	   /* the number of slots, less 1 */
	size_t count;	   /* blocks in the table */
};

/*
 * Make a table for `blocks` blocks. There is no table without memory, or if a seccomp
 * filter may forbid mmap. Then the check does not find a block that is twice in a bin
 * of more than FEW blocks.
 */
static void open_seen(struct seen *seen, size_t blocks)
{
	void *at;

	if (!blocks || hak_filter_here())
		return;
	seen->bytes = 4096;
	while (seen->bytes < 2 * blocks * sizeof(*seen->slot))
		seen->bytes *= 2;
	seen->mask = seen->bytes / sizeof(*seen->slot) - 1;
	if (!hak_map_new(seen->bytes, &at))
		seen->slot = at;
}

/* Is the block in the table? If not, add the block. */
static bool see(struct seen *seen, const void *block)
{
	size_t at = ((uintptr_t)block * 0x9e3779b97f4a7c15UL) >> 32;

	for (; seen->slot[at & seen->mask]; at++)
		if (seen->slot[at & seen->mask] == block)
			return true;
	/* A signal handler may have pushed more blocks than open_seen() counted. */
	if (seen->count++ < seen->mask / 2)
		seen->slot[at & seen->mask] = block;
	return false;
}

static bool is_still_there(const struct hak_tcache *tcache, unsigned class,
			   const hak_cell *cell, const void *block)
{
	atomic_signal_fence(memory_order_acq_rel);
	return cell < tcache->top[class] && *cell == block;
}

/*
 * Fault if a block in the bin does not have the mark HAK_FREED, is also free in its
 * slab, or is in the bin twice. A signal handler may push and pop meanwhile; so the
 * function looks at the cell again after reading the block.
 */
static void check_bin(const struct hak_tcache *tcache, unsigned class,
		      struct seen *seen)
{
	unsigned n = hak_bin_length(tcache, class);
	const hak_cell *cell = tcache->cells[class] + 1 + n;
	bool few = n <= FEW;
	const hak_word *block;

	while (n--) {
		block = *--cell;
		if (!hak_tcache_looks_freed(block) &&
		    is_still_there(tcache, class, cell, block))
			hak_bin_broken(tcache, class, block);
		if (!is_still_there(tcache, class, cell, block))
			continue;
		hak_slab_check(block);
		if ((few || (seen->slot && see(seen, block))) &&
		    count_block(tcache, class, block) > 1)
			hak_slab_fault(HAK_FAULT_DOUBLE_FREE, block);
	}
}

/*
 * Check all blocks in the bins. The check writes to no block, because in a fork child
 * each write would make the kernel copy a page.
 */
static void check_bins(const struct hak_tcache *tcache)
{
	struct seen seen = { 0 };
	size_t blocks = 0;
	unsigned class, n;

	for (class = 1; class < HAK_CLASSES; class++) {
		n = hak_bin_length(tcache, class);
		blocks += n > FEW ? n : 0;
	}
	open_seen(&seen, blocks);
	for (class = 1; class < HAK_CLASSES; class++)
		check_bin(tcache, class, &seen);
	if (seen.slot)
		hak_unmap(seen.slot, seen.bytes);
}

/* Fault if a slab's `returned` bitmap already has a gathered block. */
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

/*
 * Fault if both bitmaps of an own slab have a block: the slab's thread and another
 * thread have freed the block.
 */
static void check_slabs(const struct hak_tcache *tcache, unsigned class)
{
	const struct hak_list *link;
	const struct hak_slab *slab;
	uint64_t twice;
	unsigned i;

	hak_list_for_each(link, &tcache->owner.slabs[class])
	{
		slab = hak_container_of(link, struct hak_slab, link);
		for (i = 0; i < hak_div_up(slab->blocks, 64); i++) {
			twice = slab->free_map[i] &
				hak_read_once(&slab->returned[i]);
			if (twice)
				hak_slab_fault_index(
					HAK_FAULT_DOUBLE_FREE, slab,
					i * 64 + hak_lowest_bit(twice));
		}
	}
}

void hak_tcache_check(struct hak_tcache *tcache)
{
	uint32_t work;
	unsigned class;

	if (hak_claim_at_work(tcache))
		return;
	/* If the keeper has claimed the tcache, this call waits for the keeper. */
	work = hak_claim_enter(tcache);
	check_outgoing(tcache);
	check_bins(tcache);
	for (class = 1; class < HAK_CLASSES; class++)
		check_slabs(tcache, class);
	hak_claim_leave(tcache, work);
}

/*
 * Is the block in the bin of the class? A block without HAK_FREED is in no bin. Unless
 * `read` is true, the program may have made a block of HAK_OWN_PAGE bytes or more
 * unreadable; then the function searches the bin without reading the block.
 */
static bool is_in_bin(const struct hak_tcache *tcache, unsigned class,
		      const hak_word *block, bool read)
{
	if ((read || hak_sizeclass[class].bytes < HAK_OWN_PAGE) &&
	    !hak_tcache_looks_freed(block))
		return false;
	return hak_bin_has(tcache, class, block);
}

/*
 * Is the block among the tcache's gathered remote frees? The keeper may have delivered
 * the block already, so the caller also checks the slab's bitmaps.
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
		return !is_in_bin(tcache, class, pointer, read);
	return !is_outgoing(tcache, slab, index);
}
