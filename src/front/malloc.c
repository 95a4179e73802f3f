/* SPDX-License-Identifier: MIT */
/*
 * malloc.c - malloc and free: the fast path, and the slow path for all other calls.
 *
 * Calls   cache/tcache.h for small blocks, heap/block.h for the others.
 */
#include "front/malloc.h"

#include "front/early.h"
#include "front/exported.h"
#include "front/front.h"
#include "front/slow.h"
#include "reclaim/settle.h"
#include "cache/claim.h"
#include "cache/remote.h"
#include "cache/thread.h"
#include "heap/block.h"
#include "numa/topology.h"

#include <errno.h>
#include <stdint.h>

void __libc_free(void *block) __attribute__((weak));

void *hak_refuse(int error)
{
	if (hak_is_relocated())
		errno = error;
	return NULL;
}

void *hak_no_memory(void)
{
	return hak_refuse(ENOMEM);
}

static void *alloc_small(struct hak_node *node, unsigned class)
{
	struct hak_tcache *tcache = hak_thread_tcache();
	void *block;

	if (tcache)
		return hak_tcache_alloc(tcache, class);
	return hak_shared_draw(node, class, &block, 1) ? block : NULL;
}

HAK_INLINE void *try_alloc(size_t align, size_t bytes, bool *ret_zero)
{
	struct hak_node *node = hak_thread_node();
	unsigned class = hak_sizeclass_aligned(bytes, align);

	*ret_zero = false;
	if (class)
		return alloc_small(node, class);
	bytes += !bytes;
	if (bytes <= HAK_MEDIUM_MAX && align <= HAK_SUPERSLAB_BYTES / 2)
		return hak_medium_alloc(node, bytes, align, ret_zero);
	return hak_large_alloc(bytes, align, ret_zero);
}

static HAK_COLD void *alloc_early(size_t align, size_t bytes, bool *ret_zero)
{
	*ret_zero = true;
	return hak_is_relocated() ? NULL : hak_early_alloc(align, bytes);
}

/*
 * Call this after an allocation of `bytes` has found no memory. True if the function has
 * made room, and the caller should try again. Before the first call for an allocation,
 * the caller sets `tries` to 0.
 */
static HAK_COLD bool make_room(size_t bytes, unsigned *tries)
{
	/*
	 * First try: a resident superslab and a decommitted neighbour become one
	 * row when both are decommitted, and this row may be long enough.
	 */
	if (++*tries == 1 && hak_settle_join())
		return true;
	if (*tries > 2) {
		hak_trim_was_vain(bytes);
		return false;
	}
	*tries = 2;
	if (!hak_trim_helps(bytes))
		return false;
	/* Second try: also return the free blocks that tcaches and nodes keep. */
	hak_trim();
	return true;
}

/*
 * While calls of malloc are counted (malloc.h), count this call, which has found no block
 * in a bin. Do not count if the note is set, because may_pop() may have counted the call.
 */
static inline void count_call(void)
{
	if (hak_unlikely(arch_load_acquire(&hak_fast_bytes) ==
			 HAK_FAST_COUNTING) &&
	    !(hak_read_once(&hak_todo) & HAK_TODO_SPARSE))
		hak_fast_count_call();
}

void *hak_alloc_silent(size_t align, size_t bytes, bool *ret_zero)
{
	unsigned tries = 0;
	void *block;

	if (hak_unlikely(bytes > PTRDIFF_MAX))
		return NULL;
	if (hak_unlikely(!hak_init()))
		return alloc_early(align, bytes, ret_zero);
	hak_slow_begin();
	count_call();
	do
		block = try_alloc(align, bytes, ret_zero);
	while (hak_unlikely(!block) && make_room(bytes, &tries));
	hak_slow_end();
	return block;
}

void *hak_alloc_any(size_t align, size_t bytes, bool *ret_zero)
{
	void *block = hak_alloc_silent(align, bytes, ret_zero);

	return hak_likely(block) ? block : hak_no_memory();
}

static HAK_NOINLINE void *alloc_slow(size_t bytes)
{
	bool zero;

	return hak_alloc_any(HAK_ALIGN, bytes, &zero);
}

/*
 * May this call of malloc take a block from a bin? False before the library's
 * constructor has run. False also if the call was counted and has left a note
 * (malloc.h). The call then has to take the slow path, which acts on the note.
 */
HAK_INLINE bool may_pop(void)
{
	uint64_t bound = arch_load_acquire(&hak_fast_bytes);

	return hak_likely(bound > HAK_FAST_COUNTING) ||
	       (bound && hak_fast_count_call());
}

/*
 * Take a block from the bin of any size class. The fast path in malloc.h uses only the
 * bins for up to HAK_TINY_MAX bytes.
 */
HAK_INLINE void *pop(size_t bytes)
{
	return hak_likely(bytes <= HAK_SMALL_MAX && may_pop())
		       ? hak_tcache_pop(hak_tls, hak_sizeclass_of(bytes))
		       : NULL;
}

void *hak_alloc(size_t bytes)
{
	void *block = pop(bytes);

	return hak_likely(block) ? block : alloc_slow(bytes);
}

void *hak_alloc_zero(size_t bytes, bool *ret_zero)
{
	void *block = pop(bytes);

	*ret_zero = false;
	return hak_likely(block) ? block
				 : hak_alloc_any(HAK_ALIGN, bytes, ret_zero);
}

/* End the program because of a pointer into a slab that is no block in use. */
static HAK_COLD HAK_NORETURN void bad_small(const void *pointer,
					    struct hak_text *detail)
{
	const struct hak_slab *slab = hak_slab_of(pointer);
	bool inside = hak_slab_index(slab, pointer) == HAK_SLAB_BLOCKS_MAX;

	hak_slab_describe(detail, pointer);
	hak_fault(inside ? HAK_FAULT_INTERIOR_FREE : HAK_FAULT_DOUBLE_FREE,
		  pointer, detail);
}

void hak_bad_pointer(const void *pointer, const char *call)
{
	struct hak_text detail = { 0 };
	const void *start;

	if (call) {
		hak_text_add(&detail, "given to ");
		hak_text_add(&detail, call);
	}
	if ((uintptr_t)pointer % HAK_ALIGN)
		hak_fault(HAK_FAULT_MISALIGNED_FREE, pointer, &detail);
	start = hak_block_around(pointer);
	/*
	 * The pointer is the start of a medium block that the program has freed, and
	 * that the node keeps for reuse.
	 */
	if (start == pointer && !hak_entry_key(hak_window_entry(pointer)))
		hak_fault(HAK_FAULT_DOUBLE_FREE, pointer, &detail);
	if (!start)
		hak_fault(HAK_FAULT_INVALID_FREE, pointer, &detail);
	if (call)
		hak_text_add(&detail, ": ");
	if (hak_entry_key(hak_window_entry(pointer)))
		bad_small(pointer, &detail);
	hak_text_add(&detail, "a block begins at ");
	hak_text_add_pointer(&detail, start);
	hak_fault(HAK_FAULT_INTERIOR_FREE, pointer, &detail);
}

/*
 * Free a pointer outside the window: NULL, an early block (early.h), or a block of
 * another allocator, most likely the C library's.
 */
static void free_foreign(void *block)
{
	int before;

	if (!block || hak_early_has(block) || !__libc_free)
		return;
	before = errno;
	__libc_free(block);
	errno = before;
}

static void free_small(void *block, uint32_t entry)
{
	struct hak_tcache *tcache = hak_thread_tcache_to_free();

	if (tcache && tcache->key == hak_entry_key(entry)) {
		hak_tcache_put(tcache, block);
		return;
	}
	/*
	 * A signal handler that interrupted work in the tcache must not gather blocks
	 * there. Without a tcache, hak_remote_free() delivers the block at once.
	 */
	if (tcache && hak_claim_at_work(tcache))
		tcache = NULL;
	hak_remote_free(tcache, block);
}

void hak_free(void *block, const void *caller)
{
	uint32_t entry;
	int before;

	if (!hak_window_has(block)) {
		free_foreign(block);
		return;
	}
	before = errno;
	hak_slow_begin();
	entry = hak_window_entry(block);
	if (!entry || (uintptr_t)block % HAK_ALIGN)
		hak_bad_pointer(block, NULL);
	if (hak_entry_key(entry))
		free_small(block, entry);
	else if ((uintptr_t)block % HAK_UNIT_BYTES)
		hak_bad_pointer(block, NULL);
	else if (hak_entry_class(entry) == HAK_CLASS_LARGE)
		hak_large_free(block);
	else
		hak_medium_free(block);
	hak_slow_end_free(caller);
	errno = before;
}

void hak_free_full(void *block, size_t class, struct hak_tcache *tcache,
		   const void *caller)
{
	hak_tcache_push_slow(block, (unsigned)class, tcache);
	hak_slow_end_free(caller);
}

void *malloc(size_t bytes)
{
	return hak_alloc_inline(bytes);
}

void free(void *block)
{
	hak_free_inline(block);
}

void cfree(void *block)
{
	hak_free_inline(block);
}

/* Ignore the size argument, because the slab map knows the true size. */
void free_sized(void *block, size_t bytes)
{
	(void)bytes;
	hak_free_inline(block);
}

void free_aligned_sized(void *block, size_t align, size_t bytes)
{
	(void)align;
	(void)bytes;
	hak_free_inline(block);
}
