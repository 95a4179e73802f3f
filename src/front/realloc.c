/* SPDX-License-Identifier: MIT */
/*
 * realloc.c - resizes blocks, and returns a block's usable size.
 */
#include "front/malloc.h"

#include "front/early.h"
#include "front/exported.h"
#include "front/foreign.h"
#include "front/slow.h"
#include "reclaim/settle.h"
#include "heap/block.h"
#include "base/atomic.h"
#include "base/bits.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

void *__libc_realloc(void *block, size_t bytes) __attribute__((weak));

/*
 * The tcache of the running thread; hak_tcache_none, which has no slab, while TLS may not
 * be usable.
 */
static const struct hak_tcache *own_tcache(void)
{
	/* pairs with before_main() */
	return arch_load_acquire(&hak_fast_bytes) ? hak_tls : &hak_tcache_none;
}

/*
 * Does a block of `have` bytes stay in place for `bytes`? Yes if `bytes` is from the half
 * of `have` up to `have`, because then a move would save little memory.
 */
HAK_INLINE bool fits(size_t have, size_t bytes)
{
	return bytes - have / 2 <= have - have / 2;
}

/*
 * End the program if `block` is not the start of a small block in use. `call` is the name
 * of the function that got the pointer. With `read` the check reads the block's contents.
 * Without `read` the check does not read a block of a page or more, because the program
 * may have made the block's pages unreadable.
 */
HAK_INLINE void check_small(const void *block, uint32_t entry,
			    const char *call, bool read)
{
	const struct hak_tcache *own = own_tcache();

	if (read && hak_likely(hak_tcache_lent_for_sure(own, block, entry)))
		return;
	if ((uintptr_t)block % HAK_ALIGN ||
	    !hak_tcache_is_lent(own, block, entry, read))
		hak_bad_pointer(block, call);
}

/*
 * The usable size of a medium or large block. Ends the program if no block starts at
 * `block`. `call` is the name of the function that got the pointer.
 */
static size_t usable_big(const void *block, uint32_t entry, const char *call)
{
	if (!entry || (uintptr_t)block % HAK_UNIT_BYTES)
		hak_bad_pointer(block, call);
	if (hak_entry_class(entry) == HAK_CLASS_LARGE)
		return hak_large_usable(block);
	return hak_medium_usable(block);
}

/*
 * Resize a medium or large block in place. False if `bytes` is a size for another kind of
 * block, or if there is no room behind the block.
 */
static bool resize_here(void *block, size_t bytes)
{
	if (bytes <= HAK_SMALL_MAX)
		return false;
	if (hak_entry_class(hak_window_entry(block)) == HAK_CLASS_MEDIUM)
		return bytes <= HAK_MEDIUM_MAX &&
		       hak_medium_resize(block, bytes);
	return hak_large_resize(block, bytes);
}

/* A block that grows often grows again, so give a small block a quarter more. */
static size_t with_slack(size_t before, size_t bytes)
{
	size_t more = before + before / 4;

	return bytes > before && bytes < more && more <= HAK_SMALL_MAX ? more :
									 bytes;
}

/*
 * Move the pages of a large block to a free row of superslabs, without copying. If no row
 * is long enough, decommit the resident superslabs in free rows, and try once more. A
 * longer row may form, because resident and decommitted neighbours form no common row.
 */
static void *move(void *block, size_t bytes)
{
	void *moved = hak_large_move(block, bytes);

	if (hak_unlikely(!moved) && hak_settle_join())
		moved = hak_large_move(block, bytes);
	return moved;
}

HAK_INLINE void *copy(void *block, size_t before, size_t bytes)
{
	size_t roomy = with_slack(before, bytes);
	void *moved = hak_alloc_inline(roomy);

	if (!moved && roomy > bytes)
		moved = hak_alloc(bytes);
	if (!moved)
		return NULL;
	memcpy(moved, block, before < bytes ? before : bytes);
	hak_free_inline(block);
	return moved;
}

/*
 * Does not act on the notes (todo.h), because copy() calls malloc and free, whose slow
 * paths act on the notes.
 */
HAK_INLINE void *resize_small(void *block, size_t bytes, uint32_t entry,
			      const char *call)
{
	size_t before = hak_sizeclass[hak_entry_class(entry)].bytes;
	bool fine = fits(before, bytes);

	check_small(block, entry, call, !fine);
	return fine ? block : copy(block, before, bytes);
}

static void *resize_big(void *block, size_t bytes, uint32_t entry,
			const char *call)
{
	size_t before;
	void *moved = NULL;

	hak_slow_begin();
	before = usable_big(block, entry, call);
	if (resize_here(block, bytes))
		moved = block;
	else if (before >= HAK_LARGE_MOVES && bytes > before)
		moved = move(block, bytes);
	if (!moved)
		moved = copy(block, before, bytes);
	hak_slow_end();
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
 * Is this a small block that stays in place for `bytes`, as in fits()? The function does
 * not check the pointer, because the free of the block detects a wrong pointer.
 */
HAK_INLINE bool is_fine(const void *block, size_t bytes)
{
	uint32_t entry;

	/*
	 * Medium and large blocks, and addresses without a block, have classes of
	 * size 0, in which no `bytes` above 0 fits.
	 */
	return bytes && hak_fast_entry(block, &entry) &&
	       fits(hak_sizeclass[hak_entry_class(entry)].bytes, bytes);
}

static HAK_NOINLINE void *resize(void *block, size_t bytes, const char *call)
{
	uint32_t entry;

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
	entry = hak_window_entry(block);
	if (hak_entry_key(entry))
		return resize_small(block, bytes, entry, call);
	return resize_big(block, bytes, entry, call);
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
 * Does a pointer into a slab need the slow check_small()? Some programs ask for the
 * size of each block that they get and free, so this function must be fast, and reads
 * no record. True for a pointer that is not at a block's start, for a block with the
 * mark of a free block, and for a block of a page or more, whose contents may be
 * unreadable.
 */
HAK_INLINE bool is_odd(const void *block, uint32_t entry)
{
	unsigned class = hak_entry_class(entry);
	const struct hak_slab *slab;

	if ((uintptr_t)block % HAK_ALIGN ||
	    hak_sizeclass[class].bytes >= HAK_OWN_PAGE ||
	    hak_slab_start(block, class, &slab) == HAK_SLAB_BLOCKS_MAX)
		return true;
	return *(const hak_word *)block == HAK_SENT_HOME ||
	       hak_tcache_looks_freed(block);
}

size_t malloc_usable_size(void *block)
{
	uint32_t entry;

	if (!block)
		return 0;
	if (!hak_window_has(block))
		return hak_foreign_usable(block);
	entry = hak_window_entry(block);
	if (!hak_entry_key(entry))
		return usable_big(block, entry, __func__);
	if (hak_unlikely(is_odd(block, entry)))
		check_small(block, entry, __func__, false);
	return hak_sizeclass[hak_entry_class(entry)].bytes;
}
