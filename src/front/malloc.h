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

/*
 * For calloc, after its fast path has found no block. Like hak_alloc(), with *ret_zero as
 * for hak_alloc_any().
 */
void *hak_alloc_zero(size_t bytes, bool *ret_zero);

/* Like hak_alloc_any() without setting errno. */
HAK_NOINLINE void *hak_alloc_silent(size_t align, size_t bytes, bool *ret_zero);

/*
 * hak_alloc() is like malloc, and sets errno on failure. hak_free() is like free, and
 * does not change errno. `caller` is the address of the code that called free. By this
 * address hakmem decides whether to create a keeper now (keeper.h).
 */
void *hak_alloc(size_t bytes);
HAK_NOINLINE void hak_free(void *block, const void *caller);

/* Free a block of one of the thread's own slabs after the bin had no room for it. */
HAK_NOINLINE void hak_free_full(void *block, size_t class,
				struct hak_tcache *tcache, const void *caller);

/* Both return NULL. hak_refuse() sets errno to `error`, hak_no_memory() to ENOMEM. */
HAK_COLD void *hak_refuse(int error);
HAK_COLD void *hak_no_memory(void);

/*
 * End the program because of a pointer into the window that is not the start of a block
 * in use. `call` names the function that got the pointer; NULL means free.
 */
HAK_COLD HAK_NORETURN void hak_bad_pointer(const void *pointer,
					   const char *call);

/*
 * Bounds of the fast path. Both are 0 until the library's constructor has run, because
 * before that TLS may not be usable, and hak_tls is in TLS. malloc takes the fast path
 * for sizes below hak_fast_bytes.
 */
extern uint64_t hak_fast_bytes HAK_HIDDEN;
/*
 * The number of multiples of 16 bytes in the nodes' spans. free takes the fast path only
 * for addresses in these spans.
 */
extern uint64_t hak_fast_chunks HAK_HIDDEN;

/*
 * The value of hak_fast_bytes while calls of malloc are counted. No call for a byte or
 * more then takes the fast path, so the slow path sees and counts the call.
 */
enum { HAK_FAST_COUNTING = 1 };

/*
 * Begin or end the counting of malloc calls. While calls are counted, a thread leaves the
 * note HAK_TODO_SPARSE when 16 ms have passed since its last note, at one of its next 16
 * calls. The counting is for a program without a keeper. If such a program finds all its
 * blocks in bins, no slow path would give back the free units of sparse superslabs when
 * the delay is over.
 */
HAK_COLD void hak_fast_set_counting(bool on);

/*
 * Call this when the keeper has ended, because free units over the budget may still wait
 * for their delay. The function leaves the note HAK_TODO_SPARSE and begins the counting,
 * so the next call of malloc acts.
 */
void hak_fast_without_keeper(void);

/*
 * Count a call of malloc. False if the call has left a note. The call then has to take
 * the slow path, which acts on the note.
 */
HAK_NOINLINE bool hak_fast_count_call(void);

/* The path of most malloc calls. NULL if the call has to take the slow path. */
HAK_INLINE void *hak_alloc_fast(size_t bytes)
{
	/* pairs with before_main(), so the records made there are visible */
	if (hak_unlikely(bytes >= arch_load_acquire(&hak_fast_bytes)))
		return NULL;
	return hak_tcache_pop(hak_tls, hak_tls->tiny_class[bytes]);
}

/*
 * Read the slab map's entry of an address. False if the address is outside the nodes'
 * spans or no multiple of 16, so that no small block starts there.
 */
HAK_INLINE bool hak_fast_entry(const void *block, uint32_t *ret_entry)
{
	uintptr_t chunk = hak_window_offset(block);

	/*
	 * The rotation moves the lowest four bits to the top. So the bound below
	 * also excludes every address that is not a multiple of 16.
	 */
	chunk = chunk >> 4 | chunk << 60;
	/* pairs with before_main() */
	if (hak_unlikely(chunk >= arch_load_acquire(&hak_fast_chunks)))
		return false;
	*ret_entry =
		hak_read_once(&hak_window_map[chunk >> (HAK_UNIT_SHIFT - 4)]);
	return true;
}

/* The path of most free calls. False if the call has to take the slow path. */
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
	 * For a block of one of the tcache's slabs, the XOR with the tcache's key
	 * leaves only the class. Any other entry gives a larger number.
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
