/* SPDX-License-Identifier: MIT */
/*
 * slab.h - blocks of the same size class in a row of units, with a single owner.
 *
 * Two bitmaps in the slab's record say which blocks are free. The owner sets
 * and clears bits in `free_map`. All other threads set bits in `returned` for the
 * blocks that they free. The word `remote` has the number of blocks in
 * `returned`, and two flags:
 *
 *     count   blocks returned and not yet collected
 *     FULL    the owner does not check this slab: the slab has no free block, or
 *             the owner is parked
 *     QUEUED  the slab is on its owner's queue, or a thread is about to queue it
 *
 * A thread that frees blocks first sets the bits, and then adds to the count.
 * The thread that turns FULL into QUEUED must queue the slab. Any other freeing
 * thread never touches the slab after adding to the count. The owner subtracts
 * the counts, not the bits, from `used`. So if `used` is 0, no freeing thread
 * is still at work in the slab, except perhaps the thread that queues the slab.
 * For this reason a slab returns to the node only if unused and not QUEUED.
 */
#pragma once

#include "heap/layout.h"
#include "heap/policy.h"
#include "heap/record.h"
#include "heap/sizeclass.h"
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

struct hak_owner;

struct hak_slab {
	/* Constant while the slab is lent */
	struct hak_owner *owner;
	char *start;
	uint16_t blocks;
	uint8_t class;
	uint8_t units;
	/* Only for the owner */
	uint32_t used; /* blocks drawn, less those counted as back */
	uint16_t free;	  /* bits set in free_map */
	uint8_t word;	  /* index in `free_map` where the next draw begins */
	bool listed : 1;  /* on the owner's list of slabs with free blocks */
	bool idle : 1;	  /* on the owner's list of idle slabs */
	/* bytes from `start` on; no page behind them has been populated */
	uint32_t touched;
	struct hak_list link; /* on the owner's list for the class */
	uint64_t free_map[HAK_SLAB_WORDS];
	struct hak_list idle_link;
	/* Changed by any thread, atomically */
	_Atomic uint32_t remote HAK_ALIGNED(HAK_CACHE_LINE);
	struct hak_slab *queued; /* next on the owner's queue */
	_Atomic uint64_t returned[HAK_SLAB_WORDS];
};

_Static_assert(sizeof(struct hak_slab) == 320, "five cache lines");

/* The record of the slab or medium block that contains the address. */
static inline struct hak_slab *hak_slab_of(const void *pointer)
{
	const struct hak_spot spot = hak_window_spot(pointer);
	const struct hak_span *span = spot.span;

	return &span->slab[spot.superslab * HAK_UNITS +
			   span->superslab[spot.superslab].first[spot.unit]];
}

/*
 * The index of the block that starts at the address; HAK_SLAB_BLOCKS_MAX if no
 * block starts there.
 */
static inline unsigned hak_slab_index(const struct hak_slab *slab,
				      const void *pointer)
{
	const struct hak_sizeclass *sc = &hak_sizeclass[slab->class];
	size_t offset = (size_t)((const char *)pointer - slab->start);
	size_t index = (offset >> 4) * sc->recip >> 32;

	if (hak_unlikely(index * sc->bytes != offset || index >= slab->blocks))
		return HAK_SLAB_BLOCKS_MAX;
	hak_assume(index < HAK_SLAB_BLOCKS_MAX);
	return (unsigned)index;
}

/*
 * The index of the block that starts at this address in a lent slab of the class,
 * and the slab. HAK_SLAB_BLOCKS_MAX if no block of the class starts there. The
 * function does not read the slab's record, because the record may be in no cache
 * of the processor. The function relies on the first block, which starts with the
 * first unit.
 */
static inline unsigned hak_slab_start(const void *pointer, unsigned class,
				      const struct hak_slab **ret_slab)
{
	const struct hak_sizeclass *sc = &hak_sizeclass[class];
	const struct hak_spot spot = hak_window_spot(pointer);
	const struct hak_span *span = spot.span;
	unsigned first = span->superslab[spot.superslab].first[spot.unit];
	size_t offset = (uintptr_t)pointer % HAK_SUPERSLAB_BYTES -
			((size_t)first << HAK_UNIT_SHIFT);
	size_t index;

	*ret_slab = &span->slab[spot.superslab * HAK_UNITS + first];
	index = (offset >> 4) * sc->recip >> 32;
	if (index * sc->bytes != offset || index >= sc->blocks)
		return HAK_SLAB_BLOCKS_MAX;
	hak_assume(index < HAK_SLAB_BLOCKS_MAX);
	return (unsigned)index;
}

/*
 * Is the block's bit set in one of the slab's two bitmaps? While the program or a
 * bin has the block, the answer is no, even while other threads free other blocks.
 */
static inline bool hak_slab_has(const struct hak_slab *slab, unsigned index)
{
	uint64_t bits =
		__atomic_load_n(&slab->free_map[index / 64], __ATOMIC_RELAXED) |
		hak_read_once(&slab->returned[index / 64]);

	return bits >> (index & 63) & 1;
}

/*
 * For the owner. Another thread may read the word at the same time
 * (hak_slab_has()), but only the bit of a block that this thread is freeing. The
 * owner does not change this bit.
 */
static inline void hak_slab_set_free_map(struct hak_slab *slab, unsigned word,
				     uint64_t bits)
{
	__atomic_store_n(&slab->free_map[word], bits, __ATOMIC_RELAXED);
}

/* Open a new slab, all blocks free. The caller sets the entries of the slab map. */
void hak_slab_open(struct hak_slab *slab, struct hak_owner *owner, void *start,
		   unsigned class);

/*
 * For the owner: populate small pages that were never touched, up to and with
 * `block`, and `ahead` bytes more. One call replaces a page fault for each
 * page.
 */
void hak_slab_touch(struct hak_slab *slab, const void *block, size_t ahead);

/*
 * Owner: take up to `most` free blocks. The blocks come in ascending order, from
 * the place of the last draw on, and then from the slab's start.
 */
unsigned hak_slab_draw(struct hak_slab *slab, void **ret_blocks, unsigned most);

/*
 * Owner: move the bits of the returned blocks to `free_map`. Returns the number of
 * blocks in the count of `remote`.
 */
unsigned hak_slab_collect(struct hak_slab *slab);

/*
 * Owner: set FULL, so that the next remote free queues the slab. Until then the
 * owner need not check the slab. True also if the slab is QUEUED. False if there
 * are returned blocks to collect now.
 */
bool hak_slab_set_full(struct hak_slab *slab);

/*
 * Owner: clear FULL, because the owner checks the slab again. False if the slab
 * is QUEUED: the owner will find the slab on the queue.
 */
bool hak_slab_regain(struct hak_slab *slab);

/* Owner: are all blocks free, and is no other thread still at work in the slab? */
static inline bool hak_slab_idle(const struct hak_slab *slab)
{
	/* pairs with hak_slab_return_remote(): the freeing threads are done */
	return slab->used == 0 &&
	       !(hak_load_acquire(&slab->remote) & HAK_SLAB_QUEUED);
}

/*
 * Any thread: set the bits `blocks` in a word of the bitmap `returned`, to return
 * these blocks. If this call turns FULL into QUEUED, it also queues the slab with
 * its owner. Do not touch the slab afterwards.
 */
void hak_slab_return_remote(struct hak_slab *slab, unsigned word,
			    uint64_t blocks);

/* Owner: take all queued slabs. Call hak_slab_dequeued() for each. */
struct hak_slab *hak_slab_dequeue_all(struct hak_owner *owner);

/*
 * Owner: clear QUEUED of a slab from the queue, and collect. Read the link `queued`
 * before, because another thread may queue the slab again. Returns the number of
 * counted blocks.
 */
unsigned hak_slab_dequeued(struct hak_slab *slab);

/* Describe the block of a lent slab at or around the pointer. */
HAK_COLD void hak_slab_describe(struct hak_text *text, const void *pointer);

/* End the process because of a block of a lent slab, or a pointer into a block. */
HAK_COLD HAK_NORETURN void hak_slab_fault(enum hak_fault kind,
					  const void *pointer);
HAK_COLD HAK_NORETURN void hak_slab_fault_index(enum hak_fault kind,
						const struct hak_slab *slab,
						unsigned index);

/* Fault if no block starts at the address, or if the block is already free. */
void hak_slab_check(const void *block);

/*
 * Owner: set the block's bit in `free_map`, but change no count. If the bit is set
 * already, the block was freed twice, which is a fault.
 */
static inline void hak_slab_put(struct hak_slab *slab, unsigned index)
{
	uint64_t *word = &slab->free_map[index / 64];
	uint64_t bits = *word | 1UL << (index & 63);

	if (hak_unlikely(bits == *word))
		hak_slab_fault_index(HAK_FAULT_DOUBLE_FREE, slab, index);
	__atomic_store_n(word, bits, __ATOMIC_RELAXED);
}
