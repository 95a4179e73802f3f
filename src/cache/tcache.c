/* SPDX-License-Identifier: MIT */
/*
 * tcache.c - a thread's bins: when they fill and empty, grow and shrink.
 *
 * Owns    the blocks in the bins. The cells are in bin.c, the thread's slabs in slabs.c
 *         and heap/owner.h.
 * Locks   none: a tcache belongs to its thread, to the taker of a parked
 *         tcache, or to the keeper while claimed.
 * Calls   bin.h, slabs.h, credit.h, remote.h.
 */
#include "cache/tcache.h"

#include "cache/bin.h"
#include "cache/claim.h"
#include "cache/credit.h"
#include "cache/remote.h"
#include "cache/slabs.h"
#include "base/atomic.h"
#include "base/fault.h"
#include "base/lock.h"

#include <string.h>

enum {
	DRAW_MAX = 44, /* the most that hak_policy_batch() returns */
	SEND_MAX = 64, /* the most blocks that send_home() puts into slabs */
	/* With blocks up to this size, a bin may take room from another bin. */
	POOR_BYTES = 4 << 10,
	/* A bin that refused more bytes since the last refill shrinks. */
	GIVE_UP_BYTES = 4 << 20,
};

struct hak_tcache hak_tcache_none;

/*
 * Put the last blocks of the bin into their slabs, up to `most` and up to SEND_MAX.
 * Returns the number.
 */
static unsigned send_home(struct hak_tcache *tcache, unsigned class,
			  unsigned most)
{
	unsigned capacity = hak_bin_capacity(tcache, class);
	/* Take the blocks off the bin first: a signal handler may pop. */
	unsigned length = hak_bin_close(tcache, class);
	unsigned n = most < SEND_MAX ? most : SEND_MAX;
	hak_cell blocks[SEND_MAX];
	unsigned put;

	n = n < length ? n : length;
	memcpy(blocks, tcache->cells[class] + 1 + length - n,
	       n * sizeof(*blocks));
	hak_bin_open(tcache, class, length - n, capacity);
	if (!n)
		return 0;
	put = hak_slabs_put_all(tcache, class, blocks, n);
	if (hak_unlikely(put < n))
		hak_bin_broken(tcache, class, blocks[put]);
	return n;
}

/*
 * There is no credit for the bin of this class. So shrink the bin of another class,
 * each time the bin of the next class.
 */
static void take_from_another(struct hak_tcache *tcache, unsigned class)
{
	unsigned tries, victim, less, length, capacity;

	for (tries = 1; tries < HAK_CLASSES; tries++) {
		victim = tcache->victim =
			tcache->victim % (HAK_CLASSES - 1) + 1;
		if (victim != class && hak_bin_capacity(tcache, victim))
			break;
	}
	if (tries == HAK_CLASSES)
		return;
	capacity = hak_bin_capacity(tcache, victim);
	less = (capacity + 1) / 2;
	if (less > SEND_MAX)
		less = SEND_MAX;
	length = hak_bin_length(tcache, victim);
	if (length + less > capacity)
		send_home(tcache, victim, length + less - capacity);
	hak_bin_shrink(tcache, victim, less);
}

/*
 * The bin is empty. Since the last refill the bin had no room for `refused` blocks; so
 * grow the bin by this number. Returns the number of blocks to draw.
 */
static unsigned choose_batch(struct hak_tcache *tcache, unsigned class)
{
	const struct hak_sizeclass *sc = &hak_sizeclass[class];
	unsigned batch = hak_policy_batch(tcache->refills[class], sc->bytes);
	unsigned have = hak_bin_capacity(tcache, class);
	unsigned want = have + tcache->refused[class];

	want = want < sc->cached ? want : sc->cached;
	if (want > batch && hak_bin_grow(tcache, class, want))
		return batch;
	if (hak_bin_grow(tcache, class, batch))
		return batch;
	/* Not for larger blocks: their bin would take all room of the other bins. */
	if (hak_credit_left(tcache) < hak_bin_cost(class) &&
	    sc->bytes <= POOR_BYTES)
		take_from_another(tcache, class);
	want = have + hak_credit_left(tcache) / hak_bin_cost(class);
	want = want < batch ? want : batch;
	if (hak_bin_grow(tcache, class, want))
		have = want > have ? want : have;
	return have < batch ? have : batch;
}

/* Put drawn blocks into the bin. Returns the number of blocks that had room. */
static unsigned fill(struct hak_tcache *tcache, unsigned class,
		     hak_cell *blocks, unsigned n)
{
	unsigned capacity = hak_bin_capacity(tcache, class);
	unsigned length = hak_bin_close(tcache, class);
	hak_cell *top = tcache->cells[class] + 1 + length;
	unsigned i;

	/* Since the draw, a signal handler may have pushed blocks into the bin. */
	n = n < capacity - length ? n : capacity - length;
	/* Push the first block last: malloc then pops the lowest address first. */
	for (i = n; i--; *top++ = blocks[i])
		*(hak_word *)blocks[i] = HAK_FREED;
	/*
	 * The draw has already cleared the blocks' bits in the slab's bitmap, because a
	 * fork child must not find a block both there and in the bin.
	 */
	hak_bin_open(tcache, class, length + n, capacity);
	return n;
}

/*
 * For a signal handler that has interrupted work in the tcache: draw a block from the
 * node's shared slabs. NULL if the interrupted code holds a lock.
 */
static HAK_COLD void *draw_past(const struct hak_tcache *tcache, unsigned class)
{
	void *block;

	return !hak_lock_any_is_mine() &&
			       hak_shared_draw(tcache->node, class, &block, 1)
		       ? block
		       : NULL;
}

/*
 * Draw `batch` blocks: return one, and put the others into the bin. NULL without
 * memory. Not inlined, because the array `blocks` shall not be on the stack while
 * choose_batch() grows the bin.
 */
static HAK_NOINLINE void *draw(struct hak_tcache *tcache, unsigned class,
			       unsigned batch)
{
	hak_cell blocks[DRAW_MAX];
	unsigned n = hak_slabs_draw(tcache, class, blocks,
				    batch < DRAW_MAX ? batch : DRAW_MAX);
	unsigned kept;

	if (!n)
		return NULL;
	*(hak_word *)blocks[0] = HAK_SPOILT;
	kept = 1 + fill(tcache, class, blocks + 1, n - 1);
	/* Put the blocks for which the bin has no room back into the slabs. */
	while (n > kept)
		hak_slabs_put_any(tcache, blocks[--n]);
	return blocks[0];
}

/* The bin is empty. Returns a block, or NULL without memory. */
static void *refill(struct hak_tcache *tcache, unsigned class)
{
	unsigned batch = choose_batch(tcache, class);
	void *block = draw(tcache, class, batch ? batch : 1);

	tcache->refills[class] += tcache->refills[class] < UINT8_MAX;
	tcache->refused[class] = 0;
	hak_slabs_keep_bounds(tcache);
	return block;
}

/* Fault if the block that the program frees is free already. */
static void check_freed(const struct hak_tcache *tcache, const hak_word *block)
{
	if (hak_unlikely(hak_tcache_looks_freed(block)) &&
	    hak_bin_has(tcache, hak_slab_of(block)->class, block))
		hak_slab_fault(HAK_FAULT_DOUBLE_FREE, block);
	if (hak_unlikely(*block == HAK_SENT_HOME))
		hak_slab_check(block);
}

static void flush_bin(struct hak_tcache *tcache, unsigned class)
{
	while (send_home(tcache, class, UINT32_MAX))
		;
	hak_bin_shrink(tcache, class, UINT32_MAX);
	tcache->refused[class] = 0;
	tcache->refills[class] = 0;
}

void hak_tcache_flush(struct hak_tcache *tcache)
{
	uint32_t work = hak_claim_enter(tcache);
	unsigned class;

	for (class = 1; class < HAK_CLASSES; class++)
		flush_bin(tcache, class);
	hak_credit_return(tcache);
	hak_remote_deliver(tcache);
	hak_slabs_keep_bounds(tcache);
	tcache->idle_lack = false;
	hak_claim_leave(tcache, work);
}

void hak_tcache_tidy(struct hak_tcache *tcache)
{
	uint32_t work = hak_claim_enter(tcache);

	hak_slabs_tidy(tcache);
	hak_claim_leave(tcache, work);
}

static HAK_COLD void do_as_asked(struct hak_tcache *tcache)
{
	/* Do nothing in a signal handler that has interrupted work in the tcache. */
	if (hak_claim_at_work(tcache) || !hak_claim_asked_to_flush(tcache))
		return;
	hak_tcache_flush(tcache);
	hak_tcache_tidy(tcache);
}

/* Flush the bins if the keeper has asked, because the keeper itself never uses them. */
static void flush_if_asked(struct hak_tcache *tcache)
{
	if (hak_unlikely(hak_read_once(&tcache->asked)))
		do_as_asked(tcache);
}

void *hak_tcache_alloc(struct hak_tcache *tcache, unsigned class)
{
	void *block = hak_tcache_pop(tcache, class);
	const hak_word *last;
	uint32_t work;

	if (block)
		return block;
	last = hak_bin_last(tcache, class);
	if (hak_unlikely(last && !hak_tcache_looks_freed(last)))
		hak_bin_broken(tcache, class, last);
	flush_if_asked(tcache);
	work = hak_claim_enter(tcache);
	block = hak_likely(!(work & 1)) ? refill(tcache, class)
					: draw_past(tcache, class);
	hak_claim_leave(tcache, work);
	return block;
}

/* Put a freed block for which the bin has no room into its slab. */
static void put(struct hak_tcache *tcache, void *block, uint32_t work)
{
	/* A signal handler that has interrupted work frees as another thread does. */
	if (hak_unlikely(work & 1)) {
		hak_remote_free(NULL, block);
		return;
	}
	hak_slabs_put(tcache, block);
	hak_slabs_keep_bounds(tcache);
}

void hak_tcache_put(struct hak_tcache *tcache, void *block)
{
	uint32_t work = hak_claim_enter(tcache);

	check_freed(tcache, block);
	put(tcache, block, work);
	hak_claim_leave(tcache, work);
}

/*
 * The program frees many more blocks of the class than the bin has room for. Each call
 * puts up to 64 blocks of the bin into their slabs, and takes away as much room. The
 * bin keeps room for a sixteenth of the class's blocks in use, or for 64 blocks if that
 * is less. The reason: a single block in a bin can keep a whole superslab lent.
 */
static HAK_NOINLINE void give_up(struct hak_tcache *tcache, unsigned class,
				 unsigned length)
{
	unsigned most = tcache->owner.used[class] / 16;
	unsigned less;

	length = send_home(tcache, class, length);
	tcache->refused[class] += length;
	most = most < SEND_MAX ? most : SEND_MAX;
	less = hak_bin_capacity(tcache, class);
	less = less > most ? less - most : 0;
	/* Keep room for the blocks that are still in the bin. */
	hak_bin_shrink(tcache, class, less < length ? less : length);
}

/* The bin is full, or has no capacity. Put half of its blocks into their slabs. */
static void make_room(struct hak_tcache *tcache, unsigned class)
{
	unsigned length = hak_bin_length(tcache, class);
	uint64_t bytes =
		(uint64_t)tcache->refused[class] * hak_sizeclass[class].bytes;
	unsigned half = (length + 1) / 2;

	if (bytes > GIVE_UP_BYTES) {
		give_up(tcache, class, length);
		return;
	}
	tcache->refused[class] += send_home(tcache, class, half);
}

void hak_tcache_push_slow(void *block, unsigned class,
			  struct hak_tcache *tcache)
{
	uint32_t work;

	flush_if_asked(tcache);
	work = hak_claim_enter(tcache);
	check_freed(tcache, block);
	if (hak_likely(!(work & 1)))
		make_room(tcache, class);
	if (!hak_tcache_push(tcache, class, block)) {
		tcache->refused[class]++;
		put(tcache, block, work);
	} else if (hak_likely(!(work & 1))) {
		hak_slabs_keep_bounds(tcache);
	}
	hak_claim_leave(tcache, work);
}

void hak_tcache_drain(struct hak_tcache *tcache)
{
	uint32_t work = hak_claim_enter(tcache);

	hak_slabs_drain(tcache);
	hak_claim_leave(tcache, work);
}

void hak_tcache_publish(struct hak_tcache *tcache)
{
	uint32_t work = hak_claim_enter(tcache);

	hak_slabs_publish(tcache);
	hak_claim_leave(tcache, work);
}

void hak_tcache_tend(struct hak_tcache *tcache)
{
	hak_remote_deliver(tcache);
	hak_slabs_tidy(tcache);
}

/* Set up a tcache whose bins have no blocks and no room. */
static void open_empty(struct hak_tcache *tcache, uint32_t key)
{
	unsigned class;

	tcache->nil = HAK_SPOILT;
	tcache->bottom = &tcache->nil;
	tcache->key = key;
	memcpy(tcache->tiny_class, hak_tiny_class, sizeof(hak_tiny_class));
	for (class = 0; class < HAK_CLASSES; class++)
		hak_bin_reset(tcache, class);
}

void hak_tcache_init(struct hak_tcache *tcache, struct hak_node *node,
		     uint32_t key)
{
	open_empty(tcache, key);
	tcache->node = node;
	hak_owner_open(&tcache->owner, key, node->index, &node->callers);
	hak_credit_keep_less(tcache);
}

void hak_tcache_start(uint32_t none_key)
{
	open_empty(&hak_tcache_none, none_key);
}
