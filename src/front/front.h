/* SPDX-License-Identifier: MIT */
/*
 * front.h - the malloc functions by their inner names.
 *
 * The library never calls its own exported names: a program may define some
 * of them itself. Only this floor sets errno, and free never changes it.
 */
#pragma once

#include "cache/tcache.h"
#include "heap/window.h"
#include "base/atomic.h"
#include "arch/arch.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Makes the heap ready, once; false when there is no address space for it, or the
 * library is not relocated yet.
 */
bool hak_init(void);

/*
 * A block of any size at a multiple of align, a power of two not below
 * HAK_ALIGN. *ret_zero: whether it is known to read as zero.
 */
void *hak_alloc_any(size_t align, size_t bytes, bool *ret_zero);

/* The same, and errno is left alone. */
HAK_NOINLINE void *hak_alloc_silent(size_t align, size_t bytes, bool *ret_zero);

/*
 * As malloc and free; errno set or kept. `caller`: whose code called, see
 * keeper.h.
 */
void *hak_alloc(size_t bytes);
HAK_NOINLINE void hak_free(void *block, const void *caller);

/* An own block for which there was no room on its list. */
HAK_NOINLINE void hak_free_full(void *block, size_t slot,
				struct hak_tcache *tcache, const void *caller);

/*
 * Finds the C library's own malloc_usable_size, for its blocks, while its name
 * leads there.
 */
void hak_usable_foreign_find(void);

/* As aligned_alloc for any size; align is a power of two. */
void *hak_alloc_aligned(size_t align, size_t bytes);

/* Everything empty goes back to the kernel; how many superslabs that was. */
uint32_t hak_trim(void);

/*
 * May that make room for a block that is not to be had? Not if the heap is smaller
 * as a whole, nor if it was in vain of late: lengths may be an attacker's.
 */
bool hak_trim_helps(size_t bytes);
void hak_trim_was_vain(size_t bytes);

/* NULL with errno, and with errno ENOMEM. */
HAK_COLD void *hak_refuse(int error);
HAK_COLD void *hak_no_memory(void);

/*
 * Faults for a pointer in the window at which no block begins, or one that was
 * freed. `call` is what it was given to; NULL: free.
 */
HAK_COLD HAK_NORETURN void hak_bad_pointer(const void *pointer,
					   const char *call);

/* Registers what fork() needs; once, on the initialising thread. */
void hak_fork_init(void);

/*
 * Bounds of the fast path: 0 until the library's constructor has run, because
 * before it the thread's pointer to its tcache may not be there yet.
 */
extern uint64_t hak_fast_bytes HAK_HIDDEN;  /* sizes below it */
extern uint64_t hak_fast_chunks HAK_HIDDEN; /* of nodes' spans */

/* The path of malloc that most calls take, and nothing else. */
HAK_INLINE void *hak_alloc_fast(size_t bytes)
{
	/* pairs with before_main(): what it made is there */
	if (hak_unlikely(bytes >= arch_load_acquire(&hak_fast_bytes)))
		return NULL;
	return hak_tcache_pop(hak_tls, hak_tls->tiny_slot[bytes]);
}

/* The path of free that most calls take; false if the block needs more. */
HAK_INLINE bool hak_free_fast(void *block)
{
	struct hak_tcache *tcache;
	uintptr_t chunk = hak_window_offset(block);
	uint32_t entry;

	/* Rotated, an address that is no multiple of 16 is out of bounds. */
	chunk = chunk >> 4 | chunk << 60;
	/* pairs with before_main() */
	if (hak_unlikely(chunk >= arch_load_acquire(&hak_fast_chunks)))
		return false;
	tcache = hak_tls;
	entry = hak_read_once(&hak_window_map[chunk >> (HAK_UNIT_SHIFT - 4)]) ^
		tcache->key;
	/* What is left of an own block's entry is its slot. */
	if (hak_unlikely(entry >= 2 * HAK_SLOTS))
		return false;
	if (hak_unlikely(!hak_tcache_push(tcache, entry, block)))
		hak_free_full(block, entry, tcache,
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
	if (hak_unlikely(!hak_free_fast(block)))
		hak_free(block, __builtin_return_address(0));
}
