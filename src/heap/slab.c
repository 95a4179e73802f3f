/* SPDX-License-Identifier: MIT */
/*
 * slab.c - blocks of the same size class in a row of units, with a single owner.
 *
 * Owns    the bitmaps and the remote word of a slab.
 * Locks   none: owner functions run on the thread that holds the owner (the
 *         tcache's thread, the keeper with a claim, or the holder of the node's
 *         lock). All other functions are atomic.
 * Calls   callers.h, base/todo.h.
 */
#include "heap/slab.h"

#include "heap/callers.h"
#include "heap/missing.h"
#include "heap/owner.h"
#include "os/kin.h"
#include "os/map.h"
#include "base/atomic.h"
#include "base/bits.h"
#include "base/count.h"
#include "base/todo.h"

enum {
	UNITS_BEFORE_CALL = 256, /* 4 MiB of slabs on the queue of an owner */
};

void hak_slab_describe(struct hak_text *text, const void *pointer)
{
	const struct hak_slab *slab = hak_slab_of(pointer);
	size_t offset = (size_t)((const char *)pointer - slab->start);
	uint32_t bytes = hak_sizeclass[slab->class].bytes;

	hak_text_add(text, "a ");
	hak_text_add_number(text, bytes);
	hak_text_add(text, "-byte block");
	if (offset % bytes) {
		hak_text_add(text, " at ");
		hak_text_add_pointer(text,
				     slab->start + offset / bytes * bytes);
	}
	hak_text_add(text, " of node ");
	hak_text_add_number(text, slab->owner->node);
	hak_text_add(text, ", owner ");
	hak_text_add_number(text, slab->owner->key >> HAK_OWNER_SHIFT);
}

void hak_slab_fault(enum hak_fault kind, const void *pointer)
{
	struct hak_text detail = { 0 };

	hak_slab_describe(&detail, pointer);
	hak_fault(kind, pointer, &detail);
}

void hak_slab_fault_index(enum hak_fault kind, const struct hak_slab *slab,
			  unsigned index)
{
	hak_slab_fault(kind,
		       slab->start + (size_t)index *
					     hak_sizeclass[slab->class].bytes);
}

void hak_slab_check(const void *block)
{
	const struct hak_slab *slab = hak_slab_of(block);
	unsigned index = hak_slab_index(slab, block);

	if (index == HAK_SLAB_BLOCKS_MAX)
		hak_slab_fault(HAK_FAULT_INTERIOR_FREE, block);
	if (hak_slab_has(slab, index))
		hak_slab_fault(HAK_FAULT_DOUBLE_FREE, block);
}

void hak_slab_open(struct hak_slab *slab, struct hak_owner *owner, void *start,
		   unsigned class)
{
	const struct hak_sizeclass *sc = &hak_sizeclass[class];
	unsigned left = sc->blocks;
	unsigned i;

	slab->owner = owner;
	slab->start = start;
	slab->blocks = sc->blocks;
	/*
	 * Write only a new value. The node may have set the class already
	 * (hak_node_take_slab_locked()), and hak_handover() may read the class now.
	 */
	if (slab->class != class)
		slab->class = (uint8_t) class;
	slab->units = (uint8_t)sc->units;
	slab->free = sc->blocks;
	slab->used = 0;
	slab->word = 0;
	slab->listed = false;
	slab->idle = false;
	slab->touched = UINT32_MAX;
	for (i = 0; i < HAK_SLAB_WORDS && left; i++) {
		hak_slab_set_free_map(slab, i, hak_low_mask(left));
		left -= left < 64 ? left : 64;
		hak_write_once(&slab->returned[i], 0);
	}
	hak_write_once(&slab->remote, 0);
}

void hak_slab_touch(struct hak_slab *slab, const void *block, size_t ahead)
{
	size_t bytes = (size_t)slab->units << HAK_UNIT_SHIFT;
	size_t end = (size_t)((const char *)block - slab->start) +
		     hak_sizeclass[slab->class].bytes + ahead;

	end = hak_round_up(end, hak_window.page);
	if (end > bytes)
		end = bytes;
	if (end <= slab->touched)
		return;
	if (end - slab->touched > hak_window.page)
		hak_map_populate(slab->start + slab->touched,
				 end - slab->touched);
	slab->touched = (uint32_t)end;
}

/* Are all bits set from the lowest set bit on? */
static bool is_run(uint64_t bits)
{
	return bits && (bits | (bits - 1)) == ~0UL;
}

/*
 * Draw blocks whose bits are neighbours in a word, from the lowest bit on. Returns
 * the remaining bits.
 */
static uint64_t draw_run(uint64_t bits, const char *start, size_t bytes,
			 void ***at, void **end)
{
	unsigned bit = hak_lowest_bit(bits);
	size_t left = (size_t)(end - *at);
	unsigned n = left < 64 - bit ? (unsigned)left : 64 - bit;
	const char *block = start + bit * bytes;
	void **to = *at;

	*at = to + n;
	for (; to < *at; block += bytes)
		*to++ = (void *)block;
	return bits & ~hak_low_mask(bit + n);
}

unsigned hak_slab_draw(struct hak_slab *slab, void **ret_blocks, unsigned most)
{
	const size_t bytes = hak_sizeclass[slab->class].bytes;
	const unsigned words = (slab->blocks + 63U) / 64;
	unsigned want = most < slab->free ? most : slab->free;
	void **end = ret_blocks + want;
	void **at = ret_blocks;
	unsigned word = slab->word;
	const char *start;
	uint64_t bits;

	while (at < end) {
		bits = slab->free_map[word];
		start = slab->start + word * 64 * bytes;
		if (is_run(bits))
			bits = draw_run(bits, start, bytes, &at, end);
		for (; bits && at < end; bits &= bits - 1)
			*at++ = (void *)(start + hak_lowest_bit(bits) * bytes);
		hak_slab_set_free_map(slab, word, bits);
		if (!bits)
			word = word + 1 < words ? word + 1 : 0;
	}
	slab->word = (uint8_t)word;
	slab->free = (uint16_t)(slab->free - want);
	slab->used += want;
	return want;
}

unsigned hak_slab_collect(struct hak_slab *slab)
{
	const unsigned words = (slab->blocks + 63U) / 64;
	uint32_t count;
	uint64_t bits;
	unsigned i;

	count = hak_read_once(&slab->remote) &
		~(HAK_SLAB_FULL | HAK_SLAB_QUEUED);
	if (!count)
		return 0;
	/*
	 * pairs with hak_slab_return_remote(): the bits of the counted blocks
	 * are set
	 */
	hak_sub_acquire(&slab->remote, count);
	for (i = 0; i < words; i++) {
		if (!hak_read_once(&slab->returned[i]))
			continue;
		/*
		 * pairs with hak_slab_return_remote(): the writes to the blocks
		 * are visible
		 */
		bits = hak_exchange_acquire(&slab->returned[i], 0);
		if (hak_unlikely(bits & slab->free_map[i]))
			hak_slab_fault_index(
				HAK_FAULT_DOUBLE_FREE, slab,
				i * 64 + hak_lowest_bit(bits & slab->free_map[i]));
		hak_slab_set_free_map(slab, i, slab->free_map[i] | bits);
		slab->free = (uint16_t)(slab->free + hak_count_bits(bits));
	}
	slab->used -= count;
	return count;
}

bool hak_slab_set_full(struct hak_slab *slab)
{
	uint32_t seen = hak_read_once(&slab->remote);

	do {
		if (seen & HAK_SLAB_QUEUED)
			return true;
		if (seen & ~HAK_SLAB_FULL)
			return false;
		/*
		 * pairs with hak_slab_return_remote(): from now on the freeing
		 * thread writes `queued`
		 */
	} while (!hak_cas_weak_release(&slab->remote, &seen, HAK_SLAB_FULL));
	return true;
}

bool hak_slab_regain(struct hak_slab *slab)
{
	uint32_t seen = hak_read_once(&slab->remote);

	do {
		if (seen & HAK_SLAB_QUEUED)
			return false;
	} while (!hak_cas_weak_relaxed(&slab->remote, &seen,
				       seen & ~(uint32_t)HAK_SLAB_FULL));
	return true;
}

static void enqueue(struct hak_slab *slab)
{
	struct hak_owner *owner = slab->owner;
	/* read before queuing: later the owner may reuse the slab */
	uint32_t units = slab->units;
	uint32_t before;
	struct hak_slab *head = hak_read_once(&owner->queue);

	do {
		slab->queued = head;
	} while (!atomic_compare_exchange_weak_explicit(
		/* pairs with hak_slab_dequeue_all() and hak_owner_park() */
		&owner->queue, &head, slab, memory_order_seq_cst,
		memory_order_relaxed));
	before = hak_add_relaxed(&owner->queued, units);
	if (hak_unlikely(before / UNITS_BEFORE_CALL !=
			 (before + units) / UNITS_BEFORE_CALL))
		/* The owner may be asleep, so the keeper has to collect. */
		hak_todo_add(HAK_TODO_CALL);
	/*
	 * The queue was not empty. The thread that queued the first slab checks
	 * `parked`.
	 */
	if (head)
		return;
	/* pairs with hak_owner_park() */
	if (hak_unlikely(
		    atomic_load_explicit(&owner->parked, memory_order_seq_cst)))
		hak_callers_add(owner);
}

static void return_remote(struct hak_slab *slab, unsigned word, uint64_t blocks)
{
	uint32_t count = hak_count_bits(blocks);
	uint64_t before;
	uint32_t seen, next;

	hak_count(HAK_COUNT_RUNS, 1);
	hak_count(HAK_COUNT_RUN_BLOCKS, count);
	/* pairs with hak_slab_collect() */
	before = hak_or_release(&slab->returned[word], blocks);
	if (hak_unlikely(before & blocks))
		hak_slab_fault_index(HAK_FAULT_DOUBLE_FREE, slab,
				     word * 64 +
					     hak_lowest_bit(before & blocks));
	seen = hak_read_once(&slab->remote);
	do {
		next = seen + count;
		if (seen & HAK_SLAB_FULL)
			next = (next & ~(uint32_t)HAK_SLAB_FULL) |
			       HAK_SLAB_QUEUED;
		/* pairs with hak_slab_collect(), _idle() and _set_full() */
	} while (!hak_cas_weak_acq_rel(&slab->remote, &seen, next));
	if (seen & HAK_SLAB_FULL)
		enqueue(slab);
}

/*
 * Return blocks in a fork child that has not yet put the missing owners in order
 * (missing.h). The thread that puts them in order calls this too, and has the lock
 * already.
 */
static HAK_COLD void return_in_child(struct hak_slab *slab, unsigned word,
				     uint64_t blocks) HAK_UNCHECKED_LOCKS
{
	bool mine = hak_lock_is_mine(&hak_missing);

	if (!mine)
		hak_lock_take(&hak_missing);
	return_remote(slab, word, blocks);
	if (!mine)
		hak_lock_drop(&hak_missing);
}

void hak_slab_return_remote(struct hak_slab *slab, unsigned word,
			    uint64_t blocks)
{
	if (hak_kin_misses())
		return_in_child(slab, word, blocks);
	else
		return_remote(slab, word, blocks);
}

struct hak_slab *hak_slab_dequeue_all(struct hak_owner *owner)
{
	if (!hak_read_once(&owner->queue))
		return NULL;
	hak_write_once(&owner->queued, 0);
	/* pairs with enqueue() */
	return hak_exchange_acquire(&owner->queue, NULL);
}

unsigned hak_slab_dequeued(struct hak_slab *slab)
{
	hak_and_relaxed(&slab->remote, ~(uint32_t)HAK_SLAB_QUEUED);
	return hak_slab_collect(slab);
}
