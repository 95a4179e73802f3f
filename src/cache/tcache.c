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
	DRAW_MAX = 44, /* see hak_policy_batch() */
	SEND_MAX = 64,		 /* blocks sent home in a call */
	POOR_BYTES = 4 << 10,	 /* largest blocks of a bin without credit */
	GIVE_UP_BYTES = 4 << 20, /* sent home since the last refill */
};

struct hak_tcache hak_tcache_none;

/* Send the last blocks of the bin home, up to SEND_MAX. */
static unsigned send_home(struct hak_tcache *tcache, unsigned class,
			  unsigned most)
{
	unsigned capacity = hak_bin_capacity(tcache, class);
	/* First the bin, then the slabs: a signal handler may allocate. */
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

/* Without credit: make another bin smaller, each time a different bin. */
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
 * The bin is empty. The bin was too small by the number of blocks refused since the
 * last refill. Returns the number of blocks to draw.
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
	/* A bin of larger blocks would take all capacity of the other bins. */
	if (hak_credit_left(tcache) < hak_bin_cost(class) &&
	    sc->bytes <= POOR_BYTES)
		take_from_another(tcache, class);
	want = have + hak_credit_left(tcache) / hak_bin_cost(class);
	want = want < batch ? want : batch;
	if (hak_bin_grow(tcache, class, want))
		have = want > have ? want : have;
	return have < batch ? have : batch;
}

/* Put drawn blocks into the bin; returns the number of blocks with room. */
static unsigned fill(struct hak_tcache *tcache, unsigned class,
		     hak_cell *blocks, unsigned n)
{
	unsigned capacity = hak_bin_capacity(tcache, class);
	unsigned length = hak_bin_close(tcache, class);
	hak_cell *top = tcache->cells[class] + 1 + length;
	unsigned i;

	/* A signal handler may have filled the bin meanwhile. */
	n = n < capacity - length ? n : capacity - length;
	/* The first block, with the lowest address, comes out first. */
	for (i = n; i--; *top++ = blocks[i])
		*(hak_word *)blocks[i] = HAK_FREED;
	/* A fork child must not find a block of the bin in the slab's bitmap. */
	hak_bin_open(tcache, class, length + n, capacity);
	return n;
}

/*
 * In a signal handler amid other work: draw a block from the slabs that threads share,
 * unless the interrupted code holds a lock.
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
 * Draw blocks: one for the caller, who gets NULL without memory, and the others for the
 * bin. Not inlined: the growth of the bin before needs the stack for itself.
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
	/* The bin had no room for the others. */
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

/* Has the program freed the block twice? */
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
	/* Do nothing in a signal handler amid other work. */
	if (hak_claim_at_work(tcache) || !hak_claim_asked_to_flush(tcache))
		return;
	hak_tcache_flush(tcache);
	hak_tcache_tidy(tcache);
}

/* Flush the bins if the keeper has asked: the keeper must not touch the bins. */
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

/* Put a block that found no room in the bin, or has none, into the slab. */
static void put(struct hak_tcache *tcache, void *block, uint32_t work)
{
	/* A signal handler amid other work frees as another thread does. */
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
 * The program frees much more than the bin holds. Send the blocks home, up to 64 in
 * a call, and make the bin smaller, down to a sixteenth of the blocks in use, and
 * to 64 at most. A single cached block would keep a whole superslab.
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
	/* The bin still has the other blocks. */
	hak_bin_shrink(tcache, class, less < length ? less : length);
}

/* The bin is full, or has no capacity: send half of the blocks home. */
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

/* All bins are empty and full. */
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
