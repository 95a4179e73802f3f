/* SPDX-License-Identifier: MIT */
/*
 * realloc.c - blocks that change their size, and how large one really is.
 */
#include "front/front.h"

#include "front/early.h"
#include "front/exported.h"
#include "heap/block.h"
#include "os/dynsym.h"
#include "base/atomic.h"
#include "base/bits.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

void *__libc_realloc(void *block, size_t bytes) __attribute__((weak));

static void *_Atomic usable_theirs;

void hak_usable_foreign_find(void)
{
	struct hak_dynsym libc;
	void *known = NULL;
	void *found;

	if (hak_read_once(&usable_theirs))
		return;
	if (hak_dynsym_open((const void *)__libc_realloc, &libc) == 0)
		found = hak_dynsym_find(&libc, "malloc_usable_size");
	else
		found = dlsym(RTLD_NEXT, "malloc_usable_size");
	/* Whoever finds the name redirected finds here what it was before. */
	atomic_compare_exchange_strong(&usable_theirs, &known, found);
}

/* A block of the C library's: it knows, under a name that we have taken. */
static size_t usable_foreign(const void *block)
{
	size_t (*theirs)(void *);

	if (hak_early_has(block))
		return hak_early_usable(block);
	hak_usable_foreign_find();
	*(void **)&theirs = hak_read_once(&usable_theirs);
	return theirs ? theirs((void *)block) : 0;
}

/* The running thread's, if it has one and may be asked for it already. */
static const struct hak_tcache *own_tcache(void)
{
	/* pairs with before_main() */
	return arch_load_acquire(&hak_fast_bytes) ? hak_tls : &hak_tcache_none;
}

/*
 * How large a block in the window is; faults, for `call`, if there is none. `read`:
 * its contents are read anyway, which one with pages of its own may forbid.
 */
static size_t usable(const void *block, const char *call, bool read)
{
	uint32_t entry = hak_window_entry(block);

	if (!entry || (uintptr_t)block % HAK_ALIGN)
		hak_bad_pointer(block, call);
	if (hak_entry_key(entry)) {
		if (hak_unlikely(!hak_tcache_is_lent(own_tcache(), block,
						      read)))
			hak_bad_pointer(block, call);
		return hak_sizeclass[hak_entry_class(entry)].bytes;
	}
	if ((uintptr_t)block % HAK_UNIT_BYTES)
		hak_bad_pointer(block, call);
	if (hak_entry_class(entry) == HAK_CLASS_LARGE)
		return hak_large_usable(block);
	return hak_medium_usable(block);
}

/* Where it lies, if it may: a block that keeps its kind of place. */
static bool resize_here(void *block, size_t before, size_t bytes)
{
	if (before <= HAK_SMALL_MAX)
		/* Within its class, or so near that moving saves little. */
		return bytes <= before && bytes >= before / 2;
	if (bytes <= HAK_SMALL_MAX)
		return false;
	if (hak_entry_class(hak_window_entry(block)) == HAK_CLASS_MEDIUM)
		return bytes <= HAK_MEDIUM_MAX &&
		       hak_medium_resize(block, bytes);
	return hak_large_resize(block, bytes);
}

/* What grows a little will grow again: a small block gets a quarter more. */
static size_t with_slack(size_t before, size_t bytes)
{
	size_t more = before + before / 4;

	return bytes > before && bytes < more && more <= HAK_SMALL_MAX ? more :
									 bytes;
}

static void *resize_elsewhere(void *block, size_t before, size_t bytes)
{
	size_t roomy = with_slack(before, bytes);
	void *moved = NULL;

	if (before >= HAK_LARGE_MOVES && bytes > before)
		moved = hak_large_move(block, bytes);
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
 * Is it a small block that has the room, and would not waste half of it? Whether it
 * is a block at all shows when it is freed.
 */
HAK_INLINE bool is_fine(const void *block, size_t bytes)
{
	uintptr_t chunk = hak_window_offset(block);
	uint32_t entry;
	size_t have;

	/* Rotated, an address that is no multiple of 16 is out of bounds. */
	chunk = chunk >> 4 | chunk << 60;
	/* pairs with before_main() */
	if (chunk >= arch_load_acquire(&hak_fast_chunks))
		return false;
	entry = hak_read_once(&hak_window_map[chunk >> (HAK_UNIT_SHIFT - 4)]);
	have = hak_sizeclass[hak_entry_class(entry)].bytes;
	/* Other blocks, and none, are of classes that have no size. */
	return bytes - have / 2 <= have - have / 2 && bytes;
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
	before = usable(block, call, !is_fine(block, bytes));
	if (resize_here(block, before, bytes))
		return block;
	return resize_elsewhere(block, before, bytes);
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
 * Must it be looked at more closely? Some programs ask for the size of each block
 * that they get and free, so of small ones no record is read: where no block begins,
 * or there is a free one's mark, is odd.
 */
HAK_INLINE bool is_odd(const void *block)
{
	uint32_t entry = hak_window_entry(block);
	unsigned class = hak_entry_class(entry);
	hak_word word;

	if (!hak_entry_key(entry) || (uintptr_t)block % HAK_ALIGN ||
	    hak_sizeclass[class].bytes >= HAK_OWN_PAGE ||
	    !hak_slab_has_start(block, class))
		return true;
	word = *(const hak_word *)block;
	return word == HAK_SENT_HOME || word + hak_link.key < hak_link.bytes;
}

size_t malloc_usable_size(void *block)
{
	if (!block)
		return 0;
	if (!hak_window_has(block))
		return usable_foreign(block);
	if (hak_unlikely(is_odd(block)))
		return usable(block, __func__, false);
	return hak_sizeclass[hak_entry_class(hak_window_entry(block))].bytes;
}
