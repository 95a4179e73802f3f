/* SPDX-License-Identifier: MIT */
/*
 * bin.h - a bin: how many blocks the bin has, may have, and has cells for.
 *
 * A bin with neither capacity nor blocks has a single cell, `bottom`. A small bin has
 * cells in the tcache's record, and a larger bin has a block of the heap for the cells.
 * The lowest cell points to no block, but to the tcache's `nil`.
 */
#pragma once

#include "cache/tcache.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline bool hak_bin_is_closed(const struct hak_tcache *tcache,
				     unsigned class)
{
	return !tcache->limit[class];
}

/* The number of blocks in a class's bin. */
static inline unsigned hak_bin_length(const struct hak_tcache *tcache,
				      unsigned class)
{
	if (hak_bin_is_closed(tcache, class))
		return 0;
	return (unsigned)(tcache->top[class] - tcache->cells[class]) - 1;
}

/* The number of blocks for which a class's bin has room. */
static inline unsigned hak_bin_capacity(const struct hak_tcache *tcache,
					unsigned class)
{
	if (hak_bin_is_closed(tcache, class))
		return 0;
	return (unsigned)(tcache->limit[class] - tcache->cells[class]) - 1;
}

/* The block that the next pop takes; NULL if the bin is empty. */
static inline hak_word *hak_bin_last(const struct hak_tcache *tcache,
				     unsigned class)
{
	hak_word *block = tcache->top[class][-1];

	return block == &tcache->nil ? NULL : block;
}

/*
 * Is the block in the class's bin? The function reads all cells of the bin. So if the
 * caller may read the block, the caller first asks hak_tcache_looks_freed(), which is
 * cheap.
 */
bool hak_bin_has(const struct hak_tcache *tcache, unsigned class,
		 const void *block);

/* The bytes charged for room for one block in a bin: the block and a cell. */
static inline uint32_t hak_bin_cost(unsigned class)
{
	return hak_sizeclass[class].bytes + (uint32_t)sizeof(hak_cell);
}

/*
 * hak_bin_grow() raises the capacity to `blocks`. Without credit (credit.h), or without
 * memory for the cells, the function changes nothing and returns false.
 * hak_bin_shrink() lowers the capacity by `blocks`, or to 0. All blocks stay in the
 * bin. The caller has called hak_claim_enter().
 */
bool hak_bin_grow(struct hak_tcache *tcache, unsigned class, unsigned blocks);
void hak_bin_shrink(struct hak_tcache *tcache, unsigned class, unsigned blocks);

/*
 * While a function changes the cells, the bin is closed. A closed bin looks both empty
 * and full, so a signal handler neither pops nor pushes. hak_bin_close() returns the
 * number of blocks in the bin; hak_bin_open() sets the number and the capacity anew. A
 * bin with neither capacity nor blocks is always closed.
 */
unsigned hak_bin_close(struct hak_tcache *tcache, unsigned class);
void hak_bin_open(struct hak_tcache *tcache, unsigned class, unsigned length,
		  unsigned capacity);

/*
 * Make the bin empty and without capacity. The function frees neither the blocks in the
 * bin nor a block with cells.
 */
void hak_bin_reset(struct hak_tcache *tcache, unsigned class);

/*
 * End the process, because a block in the bin does not have the mark HAK_FREED any
 * more: the program wrote to the block after free, or freed the block twice.
 */
HAK_COLD HAK_NORETURN void hak_bin_broken(const struct hak_tcache *tcache,
					  unsigned class,
					  const hak_word *block);
