/* SPDX-License-Identifier: MIT */
/* realloc.c - resizes blocks and tells a block's usable size. */
#include "front/malloc.h"

#include "front/early.h"
#include "front/exported.h"
#include "front/foreign.h"
#include "front/slow.h"
#include "reclaim/decommit.h"
#include "heap/block.h"
#include "base/atomic.h"
#include "base/bits.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

void *__libc_realloc(void *block, size_t bytes) __attribute__((weak));

/* The running thread's tcache, or an empty tcache if TLS is not usable yet. */
static const struct hak_tcache *own_tcache(void)
{
	/* pairs with before_main() */
	return arch_load_acquire(&hak_fast_bytes) ? hak_tls : &hak_tcache_none;
}

/* The same class, or a shrink too small to be worth a move. */
HAK_INLINE bool fits(size_t have, size_t bytes)
{
	return bytes - have / 2 <= have - have / 2;
}

/*
 * Usable size of a block in the window. Faults, on behalf of `call`, if there is
 * no block. `bytes` is the size that realloc wants, or 0. A small block that has to
 * move is read in any case; otherwise the program may have made the pages of a large
 * enough block unreadable.
 */
static size_t usable(const void *block, const char *call, size_t bytes)
{
	uint32_t entry = hak_window_entry(block);
	size_t have = hak_sizeclass[hak_entry_class(entry)].bytes;
	const struct hak_tcache *own;
	bool read;

	if (!entry || (uintptr_t)block % HAK_ALIGN)
		hak_bad_pointer(block, call);
	if (hak_entry_key(entry)) {
		read = bytes && !fits(have, bytes);
		own = own_tcache();
		if (!(read && hak_tcache_lent_for_sure(own, block, entry)) &&
		    !hak_tcache_is_lent(own, block, entry, read))
			hak_bad_pointer(block, call);
		return have;
	}
	if ((uintptr_t)block % HAK_UNIT_BYTES)
		hak_bad_pointer(block, call);
	if (hak_entry_class(entry) == HAK_CLASS_LARGE)
		return hak_large_usable(block);
	return hak_medium_usable(block);
}

/* Resize in place, if the block stays in the same size range. */
static bool resize_here(void *block, size_t before, size_t bytes)
{
	if (before <= HAK_SMALL_MAX)
		return fits(before, bytes);
	if (bytes <= HAK_SMALL_MAX)
		return false;
	if (hak_entry_class(hak_window_entry(block)) == HAK_CLASS_MEDIUM)
		return bytes <= HAK_MEDIUM_MAX &&
		       hak_medium_resize(block, bytes);
	return hak_large_resize(block, bytes);
}

/* A growing block often grows again: give a small block a quarter more. */
static size_t with_slack(size_t before, size_t bytes)
{
	size_t more = before + before / 4;

	return bytes > before && bytes < more && more <= HAK_SMALL_MAX ? more :
									 bytes;
}

/*
 * Move the page tables, if there is a row for the block. Perhaps there is a row
 * only after the resident superslabs of the row are decommitted.
 */
static void *move(void *block, size_t bytes)
{
	void *moved = hak_large_move(block, bytes);

	if (hak_unlikely(!moved) && hak_decommit_join())
		moved = hak_large_move(block, bytes);
	return moved;
}

static void *resize_elsewhere(void *block, size_t before, size_t bytes)
{
	size_t roomy = with_slack(before, bytes);
	void *moved = NULL;

	if (before >= HAK_LARGE_MOVES && bytes > before)
		moved = move(block, bytes);
	if (moved)
		return moved;
	moved = hak_alloc_inline(roomy);
	if (!moved && roomy > bytes)
		moved = hak_alloc(bytes);
	if (!moved)
		return NULL;
	memcpy(moved, block, before < bytes ? before : bytes);
	hak_free_inline(block);
	return moved;
}

static HAK_COLD void *copy_early(void *to, const void *block, size_t bytes)
{
	size_t before = hak_early_usable(block);

	if (to)
		hak_early_copy(to, block, before < bytes ? before : bytes);
	return to;
}

/*
 * Is this a small block with room for `bytes`, and at most half of the block
 * unused? A wrong pointer is detected later, at its free.
 */
HAK_INLINE bool is_fine(const void *block, size_t bytes)
{
	uint32_t entry;

	/* The classes of larger blocks and of no block have size 0. */
	return bytes && hak_fast_entry(block, &entry) &&
	       fits(hak_sizeclass[hak_entry_class(entry)].bytes, bytes);
}

static HAK_NOINLINE void *resize(void *block, size_t bytes, const char *call)
{
	size_t before;

	if (!block)
		return hak_alloc(bytes);
	if (!bytes) {
		hak_free(block, __builtin_return_address(0));
		return NULL;
	}
	if (hak_early_has(block))
		return copy_early(hak_alloc(bytes), block, bytes);
	if (!hak_window_has(block))
		return __libc_realloc ? __libc_realloc(block, bytes) :
					hak_no_memory();
	if (bytes > PTRDIFF_MAX)
		return hak_no_memory();
	hak_slow_begin();
	before = usable(block, call, bytes);
	if (!resize_here(block, before, bytes))
		block = resize_elsewhere(block, before, bytes);
	hak_slow_end(NULL);
	return block;
}

void *realloc(void *block, size_t bytes)
{
	return hak_likely(is_fine(block, bytes)) ?
		       block :
		       resize(block, bytes, __func__);
}

void *reallocarray(void *block, size_t count, size_t bytes)
{
	size_t total;

	if (__builtin_mul_overflow(count, bytes, &total))
		return hak_no_memory();
	return resize(block, total, __func__);
}

/*
 * Does the pointer need a closer check? Some programs ask for the size of each
 * block they get and free. So for small blocks read no record. A pointer not at
 * a block's start, or a block with the mark of a free block, is odd.
 */
HAK_INLINE bool is_odd(const void *block)
{
	uint32_t entry = hak_window_entry(block);
	unsigned class = hak_entry_class(entry);
	const struct hak_slab *slab;
	hak_word word;

	if (!hak_entry_key(entry) || (uintptr_t)block % HAK_ALIGN ||
	    hak_sizeclass[class].bytes >= HAK_OWN_PAGE ||
	    hak_slab_start(block, class, &slab) == HAK_SLAB_BLOCKS_MAX)
		return true;
	word = *(const hak_word *)block;
	return word == HAK_SENT_HOME || word + hak_link.key < hak_link.bytes;
}

size_t malloc_usable_size(void *block)
{
	if (!block)
		return 0;
	if (!hak_window_has(block))
		return hak_foreign_usable(block);
	if (hak_unlikely(is_odd(block)))
		return usable(block, __func__, 0);
	return hak_sizeclass[hak_entry_class(hak_window_entry(block))].bytes;
}
