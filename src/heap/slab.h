/* SPDX-License-Identifier: MIT */
/*
 * slab.h - blocks of one size class in a row of units, owned by one owner.
 *
 * Which blocks are free stands in two bitmaps beside the memory, never in it:
 * `home`, the owner's, and `returned`, where everybody else puts what they
 * free. One word tells how many lie in `returned`, and who has to act:
 *
 *     count   blocks returned and not yet collected
 *     FULL    the owner looks no more: it found nothing free, or is parked
 *     QUEUED  the slab is on its owner's queue, or about to be
 *
 * A freer sets the blocks' bits first and then counts them. The count that
 * turns FULL into QUEUED carries the duty to queue the slab; no other count
 * touches the slab afterwards. The owner takes `used` down by counts, not by
 * bits: with used at 0 every freer is done with the slab, unless it is
 * QUEUED. So a slab goes home only when it is unused and not QUEUED.
 */
#pragma once

#include "heap/layout.h"
#include "heap/owner.h"
#include "heap/policy.h"
#include "heap/sizeclass.h"
#include "heap/span.h"
#include "heap/window.h"
#include "base/atomic.h"
#include "base/fault.h"
#include "base/list.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	HAK_SLAB_WORDS = HAK_SLAB_BLOCKS_MAX / 64,
	HAK_SLAB_FULL = 0x80000000,
	HAK_SLAB_QUEUED = 0x40000000,
};

struct hak_slab {
	/* Constant while lent */
	struct hak_owner *owner;
	char *start;
	uint16_t blocks;
	uint8_t class;
	uint8_t units;
	/* Owner */
	uint32_t used;	  /* drawn, neither put back nor counted back yet */
	uint16_t free;	  /* bits set in home */
	uint8_t word;	  /* of home, where the last block was found */
	bool listed;	  /* on its owner's list of slabs with free blocks */
	uint32_t touched; /* bytes; behind them no page has been populated */
	struct hak_list link;
	uint64_t home[HAK_SLAB_WORDS];
	/* Anyone, atomically */
	_Atomic uint32_t remote HAK_ALIGNED(HAK_CACHE_LINE);
	struct hak_slab *queued; /* next on the owner's queue */
	_Atomic uint64_t returned[HAK_SLAB_WORDS];
};

_Static_assert(sizeof(struct hak_slab) == 320, "five cache lines");

/* The slab or medium block whose unit has this address. */
static inline struct hak_slab *hak_slab_of(const void *pointer)
{
	const struct hak_span *span = hak_window_span(pointer);
	size_t offset = (size_t)((const char *)pointer - span->base);
	size_t superslab = offset >> HAK_SUPERSLAB_SHIFT;
	unsigned unit = offset >> HAK_UNIT_SHIFT & (HAK_UNITS - 1);

	return &span->slab[superslab * HAK_UNITS +
			   span->superslab[superslab].first[unit]];
}

/* The block with this address; HAK_SLAB_BLOCKS_MAX if none starts there. */
static inline unsigned hak_slab_index(const struct hak_slab *slab,
				      const void *pointer)
{
	const struct hak_sizeclass *sc = &hak_sizeclass[slab->class];
	size_t offset = (size_t)((const char *)pointer - slab->start);
	size_t index = (offset >> 4) * sc->recip >> 32;

	if (hak_unlikely(index * sc->bytes != offset || index >= slab->blocks))
		return HAK_SLAB_BLOCKS_MAX;
	return (unsigned)index;
}

/*
 * The block of the class with this address in a lent slab, and that slab;
 * HAK_SLAB_BLOCKS_MAX if no block of the class starts there. The slab's record, which
 * may be far from any cache, is not read: the first block begins with the first unit.
 */
static inline unsigned hak_slab_start(const void *pointer, unsigned class,
				      const struct hak_slab **ret_slab)
{
	const struct hak_sizeclass *sc = &hak_sizeclass[class];
	const struct hak_span *span = hak_window_span(pointer);
	size_t offset = (size_t)((const char *)pointer - span->base);
	size_t superslab = offset >> HAK_SUPERSLAB_SHIFT;
	unsigned unit = offset >> HAK_UNIT_SHIFT & (HAK_UNITS - 1);
	unsigned first = span->superslab[superslab].first[unit];
	size_t index;

	*ret_slab = &span->slab[superslab * HAK_UNITS + first];
	offset &= HAK_SUPERSLAB_BYTES - 1;
	offset -= (size_t)first << HAK_UNIT_SHIFT;
	index = (offset >> 4) * sc->recip >> 32;
	if (index * sc->bytes != offset || index >= sc->blocks)
		return HAK_SLAB_BLOCKS_MAX;
	return (unsigned)index;
}

/*
 * Is the block free, with its slab? A lent block's bit is in neither bitmap, whatever
 * happens to other blocks meanwhile.
 */
static inline bool hak_slab_has(const struct hak_slab *slab, unsigned index)
{
	uint64_t bits =
		__atomic_load_n(&slab->home[index / 64], __ATOMIC_RELAXED) |
		hak_read_once(&slab->returned[index / 64]);

	return bits >> (index & 63) & 1;
}

/* Owner: others look at the bits of blocks that are lent, which stay as they are. */
static inline void hak_slab_set_home(struct hak_slab *slab, unsigned word,
				     uint64_t bits)
{
	__atomic_store_n(&slab->home[word], bits, __ATOMIC_RELAXED);
}

/* A new slab, all blocks free. The map's entries are the caller's. */
void hak_slab_open(struct hak_slab *slab, struct hak_owner *owner, void *start,
		   unsigned class);

/*
 * Owner: populates up to and with `block`, and `ahead` bytes more, what has
 * small pages that were never touched: one call instead of a fault for each.
 */
void hak_slab_touch(struct hak_slab *slab, const void *block, size_t ahead);

/* Owner: takes up to `most` free blocks, in ascending order. */
unsigned hak_slab_draw(struct hak_slab *slab, void **ret_blocks, unsigned most);

/* Owner: makes returned blocks its own free ones. How many were counted. */
unsigned hak_slab_collect(struct hak_slab *slab);

/*
 * Owner: asks to be told, by way of its queue, of the next block returned: so
 * it may lose sight of the slab. False if some are there to be collected.
 */
bool hak_slab_watch(struct hak_slab *slab);

/* Owner: sees a FULL slab again; false if its queue will bring it. */
bool hak_slab_regain(struct hak_slab *slab);

/* Owner: nothing lent, nobody at work on it. */
bool hak_slab_idle(const struct hak_slab *slab);

/*
 * Anyone: gives back blocks of one bitmap word, and queues the slab with its
 * owner if that falls to us. The slab must not be touched afterwards.
 */
void hak_slab_return_remote(struct hak_slab *slab, unsigned word,
			    uint64_t blocks);

/* Owner: takes all queued slabs; each is then collected, and not QUEUED. */
struct hak_slab *hak_slab_dequeue_all(struct hak_owner *owner);

/*
 * Owner: unmarks one slab of those, whose successor must be read before, and
 * collects it. How many blocks were counted.
 */
unsigned hak_slab_dequeued(struct hak_slab *slab);

/* What block of a lent slab that is, or is inside of. */
HAK_COLD void hak_slab_describe(struct hak_text *text, const void *pointer);

/* The end, for a block (or a pointer into one) of a lent slab. */
HAK_COLD HAK_NORETURN void hak_slab_fault(enum hak_fault kind,
					  const void *pointer);
HAK_COLD HAK_NORETURN void hak_slab_fault_index(enum hak_fault kind,
						const struct hak_slab *slab,
						unsigned index);

/* Owner: takes one block back. A block that is free already is a fault. */
static inline void hak_slab_put(struct hak_slab *slab, unsigned index)
{
	uint64_t bit = 1UL << (index & 63);

	if (hak_unlikely(slab->home[index / 64] & bit))
		hak_slab_fault_index(HAK_FAULT_DOUBLE_FREE, slab, index);
	hak_slab_set_home(slab, index / 64, slab->home[index / 64] | bit);
	slab->free++;
	slab->used--;
}
