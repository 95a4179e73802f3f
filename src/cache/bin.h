/* SPDX-License-Identifier: MIT */
/*
 * bin.h - a bin: how many blocks the bin has, may have, and has cells for.
 *
 * A bin without capacity has a single cell, `bottom`. A small bin has cells in the
 * tcache's record, and a larger bin has a block of the heap for the cells. The lowest
 * cell points to no block, but to the tcache's `nil`.
 */
#pragma once

#include "cache/tcache.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline bool hak_bin_is_closed(const struct hak_tcache *tcache,
				     unsigned class)
{
	return tcache->limit[class] == &tcache->bottom + 1;
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

/* The block that the next pop returns, or NULL. */
static inline hak_word *hak_bin_last(const struct hak_tcache *tcache,
				     unsigned class)
{
	hak_word *block = tcache->top[class][-1];

	return block == &tcache->nil ? NULL : block;
}

/*
 * Is the block in the class's bin? The time grows with the bin: first see whether the
 * block looks freed.
 */
bool hak_bin_has(const struct hak_tcache *tcache, unsigned class,
		 const void *block);

/* Bytes of a bin's capacity for a block: the block and a cell. */
static inline uint32_t hak_bin_cost(unsigned class)
{
	return hak_sizeclass[class].bytes + (uint32_t)sizeof(hak_cell);
}

/*
 * hak_bin_grow() raises the capacity to `blocks`; false, and no change, without credit
 * or without memory for the cells. hak_bin_shrink() lowers the capacity by `blocks`,
 * or to 0, and keeps all blocks in the bin. The caller works in the tcache: see
 * claim.h.
 */
bool hak_bin_grow(struct hak_tcache *tcache, unsigned class, unsigned blocks);
void hak_bin_shrink(struct hak_tcache *tcache, unsigned class, unsigned blocks);

/*
 * While the cells change, the bin is closed: a signal handler finds the bin empty and
 * full, and passes the bin by. hak_bin_close() returns the number of blocks;
 * hak_bin_open() sets the number and the capacity. A bin without capacity counts as
 * closed.
 */
unsigned hak_bin_close(struct hak_tcache *tcache, unsigned class);
void hak_bin_open(struct hak_tcache *tcache, unsigned class, unsigned length,
		  unsigned capacity);

/* Make the bin empty, without capacity and cells; forget blocks and cells. */
void hak_bin_reset(struct hak_tcache *tcache, unsigned class);

/* End the process: the program has written to the free block. */
HAK_COLD HAK_NORETURN void hak_bin_broken(const struct hak_tcache *tcache,
					  unsigned class,
					  const hak_word *block);
