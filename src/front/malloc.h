/* SPDX-License-Identifier: MIT */
/*
 * malloc.h - malloc and free by their inner names, and their fast paths.
 *
 * Only this floor sets errno; free never changes errno. The bounds of the fast
 * paths are in fast.c.
 */
#pragma once

#include "cache/tcache.h"
#include "heap/window.h"
#include "base/atomic.h"
#include "base/count.h"
#include "arch/arch.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Allocate a block of any size at a multiple of align, a power of two not below
 * HAK_ALIGN. *ret_zero: the block is known to contain zeroes.
 */
void *hak_alloc_any(size_t align, size_t bytes, bool *ret_zero);

/* For calloc, behind the fast path: like hak_alloc(), with *ret_zero as above. */
void *hak_alloc_zero(size_t bytes, bool *ret_zero);

/* Like hak_alloc_any() without setting errno. */
HAK_NOINLINE void *hak_alloc_silent(size_t align, size_t bytes, bool *ret_zero);

/*
 * hak_alloc() is like malloc, and sets errno; hak_free() is like free, and
 * keeps errno. `caller` is the address of the code that called free (keeper.h).
 */
void *hak_alloc(size_t bytes);
HAK_NOINLINE void hak_free(void *block, const void *caller);

/* Free a block of the thread's own slab when the bin is full. */
HAK_NOINLINE void hak_free_full(void *block, size_t class,
				struct hak_tcache *tcache, const void *caller);

/* Return NULL and set errno: to `error`, or to ENOMEM. */
HAK_COLD void *hak_refuse(int error);
HAK_COLD void *hak_no_memory(void);

/*
 * Report a pointer into the window that is not the start of a block in use.
 * `call` names the called function; NULL means free.
 */
HAK_COLD HAK_NORETURN void hak_bad_pointer(const void *pointer,
					   const char *call);

/*
 * Bounds of the fast path. They are 0 until the library's constructor has run,
 * because before that a thread may have no pointer to its tcache.
 */
extern uint64_t hak_fast_bytes
	HAK_HIDDEN; /* smaller sizes take the fast path */
extern uint64_t hak_fast_chunks HAK_HIDDEN; /* in the nodes' spans */

/* The value of hak_fast_bytes while calls are counted: no block takes the fast path. */
enum { HAK_FAST_COUNTING = 1 };

/*
 * While calls of malloc are counted, each thread leaves the note HAK_TODO_SPARSE at most
 * each 16 ms, and at one of its next 16 calls. So a program that finds its blocks in its
 * bins, and has no keeper, still acts when a delay is over.
 */
HAK_COLD void hak_fast_set_counting(bool on);

/*
 * There is no keeper any more, and an excess may wait for its delay: leave the note, and
 * let the next call of malloc act.
 */
void hak_fast_without_keeper(void);

/* Count a call. False: the thread has left a note, and has to take the slow path. */
HAK_NOINLINE bool hak_fast_count_call(void);

/* The path of most malloc calls, and nothing else. */
HAK_INLINE void *hak_alloc_fast(size_t bytes)
{
	/* pairs with before_main(): the structures made there are visible */
	if (hak_unlikely(bytes >= arch_load_acquire(&hak_fast_bytes)))
		return NULL;
	return hak_tcache_pop(hak_tls, hak_tls->tiny_class[bytes]);
}

/*
 * Read the slab map's entry of an address. False if no small block of a node's
 * span can have this address.
 */
HAK_INLINE bool hak_fast_entry(const void *block, uint32_t *ret_entry)
{
	uintptr_t chunk = hak_window_offset(block);

	/*
	 * The rotation moves the lowest four bits to the top. So an address
	 * that is not a multiple of 16 is out of bounds.
	 */
	chunk = chunk >> 4 | chunk << 60;
	/* pairs with before_main() */
	if (hak_unlikely(chunk >= arch_load_acquire(&hak_fast_chunks)))
		return false;
	*ret_entry =
		hak_read_once(&hak_window_map[chunk >> (HAK_UNIT_SHIFT - 4)]);
	return true;
}

/* The path of most free calls. False if the block needs the slow path. */
HAK_INLINE bool hak_free_fast(void *block)
{
	struct hak_tcache *tcache;
	uint32_t entry;
	size_t class;

	if (!hak_fast_entry(block, &entry))
		return false;
	tcache = hak_tls;
	class = entry ^ tcache->key;
	/*
	 * For a block of the thread's own slab, the XOR with the thread's id
	 * leaves only the class.
	 */
	if (hak_unlikely(class >= HAK_CLASS_MAX))
		return false;
	if (hak_unlikely(!hak_tcache_push(tcache, class, block)))
		hak_free_full(block, class, tcache,
			      __builtin_return_address(0));
	return true;
}

HAK_INLINE void *hak_alloc_inline(size_t bytes)
{
	void *block = hak_alloc_fast(bytes);

	return hak_likely(block) ? block : hak_alloc(bytes);
}

HAK_INLINE void hak_free_inline(void *block)
{
	hak_count(HAK_COUNT_FREES, 1);
	if (hak_unlikely(!hak_free_fast(block)))
		hak_free(block, __builtin_return_address(0));
}
