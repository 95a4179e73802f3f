/* SPDX-License-Identifier: MIT */
/*
 * tcache.c - a thread's bins: the blocks and the capacity.
 *
 * Owns    the bins. The thread's slabs are in slabs.c and heap/owner.h.
 * Locks   none: a tcache belongs to its thread, to the taker of a parked
 *         tcache, or to the keeper while claimed.
 * Calls   slabs.h, credit.h, remote.h.
 */
#include "cache/tcache.h"

#include "cache/claim.h"
#include "cache/credit.h"
#include "cache/remote.h"
#include "cache/slabs.h"
#include "base/atomic.h"
#include "base/fault.h"

#include <string.h>

enum {
	DRAW_MAX = 44, /* see hak_policy_batch() */
	SEND_MAX = 64, /* blocks sent home in a call */
	POOR_BYTES = 4 << 10,	 /* largest blocks of a bin without credit */
	GIVE_UP_BYTES = 4 << 20, /* sent home since the last refill */
};

struct hak_tcache hak_tcache_none;

static void set_capacity(struct hak_tcache *tcache, unsigned class,
			 unsigned blocks)
{
	tcache->room[HAK_SLOTS + class] +=
		(int32_t)(blocks - tcache->capacity[class]);
	tcache->capacity[class] = blocks;
}

static bool grow(struct hak_tcache *tcache, unsigned class, unsigned blocks)
{
	uint32_t have = tcache->capacity[class];
	uint32_t more = (blocks - have) * hak_sizeclass[class].bytes;

	if (blocks <= have)
		return true;
	if (!hak_credit_charge(tcache, more))
		return false;
	set_capacity(tcache, class, blocks);
	return true;
}

static void shrink(struct hak_tcache *tcache, unsigned class, unsigned blocks)
{
	/* A signal handler may have made the bin smaller meanwhile. */
	if (blocks > tcache->capacity[class])
		blocks = tcache->capacity[class];
	hak_credit_discharge(tcache, blocks * hak_sizeclass[class].bytes);
	set_capacity(tcache, class, tcache->capacity[class] - blocks);
}

/* Send the first blocks of the bin home. */
static unsigned send_home(struct hak_tcache *tcache, unsigned class,
			  unsigned blocks)
{
	unsigned n = hak_slabs_put_listed(tcache, class, blocks);
	const hak_word *rest = hak_tcache_first(tcache, class);

	/* Faults if the list is broken. */
	if (n < blocks && rest)
		hak_tcache_next(tcache, class, rest);
	tcache->room[HAK_SLOTS + class] += (int32_t)n;
	return n;
}

/* Without credit: make another bin smaller, each time a different bin. */
static void take_from_another(struct hak_tcache *tcache, unsigned class)
{
	unsigned tries, victim, less, length;

	for (tries = 1; tries < HAK_CLASSES; tries++) {
		victim = tcache->victim =
			tcache->victim % (HAK_CLASSES - 1) + 1;
		if (victim != class && tcache->capacity[victim])
			break;
	}
	if (tries == HAK_CLASSES)
		return;
	less = (tcache->capacity[victim] + 1U) / 2;
	if (less > SEND_MAX)
		less = SEND_MAX;
	length = hak_tcache_length(tcache, victim);
	if (length + less > tcache->capacity[victim])
		send_home(tcache, victim,
			  length + less - tcache->capacity[victim]);
	shrink(tcache, victim, less);
}

/*
 * The bin is empty. The bin was too small by the number of blocks refused since the
 * last refill. Returns the number of blocks to draw.
 */
static unsigned choose_batch(struct hak_tcache *tcache, unsigned class)
{
	const struct hak_sizeclass *sc = &hak_sizeclass[class];
	unsigned batch = hak_policy_batch(tcache->refills[class], sc->bytes);
	unsigned have = tcache->capacity[class];
	unsigned want = have + tcache->refused[class];

	want = want < sc->cached ? want : sc->cached;
	if (want > batch && grow(tcache, class, want))
		return batch;
	if (grow(tcache, class, batch))
		return batch;
	/* A bin of larger blocks would take all capacity of the other bins. */
	if (hak_credit_left(tcache) < sc->bytes && sc->bytes <= POOR_BYTES)
		take_from_another(tcache, class);
	want = have + hak_credit_left(tcache) / sc->bytes;
	want = want < batch ? want : batch;
	if (grow(tcache, class, want))
		have = want > have ? want : have;
	return have < 1 ? 1 : have < batch ? have : batch;
}

static void refill(struct hak_tcache *tcache, unsigned class)
{
	unsigned batch = choose_batch(tcache, class);
	hak_word *list = &tcache->list[HAK_SLOTS + class];
	int32_t *room = &tcache->room[HAK_SLOTS + class];
	void *blocks[DRAW_MAX];
	hak_word next;
	unsigned n;

	n = hak_slabs_draw(tcache, class, blocks, batch);
	hak_slabs_keep_bounds(tcache);
	tcache->refills[class] += tcache->refills[class] < UINT8_MAX;
	tcache->refused[class] = 0;
	/* A signal handler may have filled the bin meanwhile. */
	if (!hak_tcache_first(tcache, class))
		*room = (int32_t)tcache->capacity[class];
	*room -= (int32_t)n;
	next = *list;
	while (n) {
		*(hak_word *)blocks[--n] = next;
		next = hak_tcache_link(blocks[n]);
	}
	/* A fork child must not find a listed block in the slab's bitmap. */
	atomic_signal_fence(memory_order_acq_rel);
	*list = next;
}

/* The first word looks like a link: is the block on the list already? */
static HAK_COLD void check_list(const struct hak_tcache *tcache, unsigned class,
				const hak_word *block)
{
	const hak_word *on = hak_tcache_first(tcache, class);
	unsigned most = hak_sizeclass[class].cached;

	/* A list has at most `most` blocks, unless the list is a ring. */
	for (; on && most--; on = hak_tcache_next(tcache, class, on))
		if (on == block)
			hak_slab_fault(HAK_FAULT_DOUBLE_FREE, block);
}

/* Has the program freed the block twice? */
static void check_freed(const struct hak_tcache *tcache, const hak_word *block)
{
	if (hak_unlikely(hak_tcache_looks_listed(block)))
		check_list(tcache, hak_slab_of(block)->class, block);
	if (hak_unlikely(*block == HAK_SENT_HOME))
		hak_tcache_check_block(block);
}

static void flush_bin(struct hak_tcache *tcache, unsigned class)
{
	send_home(tcache, class, UINT32_MAX);
	shrink(tcache, class, tcache->capacity[class]);
	tcache->room[HAK_SLOTS + class] = 0;
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
	const hak_word *first = hak_tcache_first(tcache, class);
	uint32_t work;

	if (first) {
		hak_tcache_next(tcache, class, first);
	} else {
		flush_if_asked(tcache);
		work = hak_claim_enter(tcache);
		refill(tcache, class);
		hak_claim_leave(tcache, work);
	}
	return hak_tcache_pop(tcache, HAK_SLOTS + class);
}

void hak_tcache_put(struct hak_tcache *tcache, void *block)
{
	uint32_t work = hak_claim_enter(tcache);

	check_freed(tcache, block);
	hak_slabs_put(tcache, block);
	hak_slabs_keep_bounds(tcache);
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

	length = length < SEND_MAX ? length : SEND_MAX;
	tcache->refused[class] += send_home(tcache, class, length);
	most = most < SEND_MAX ? most : SEND_MAX;
	less = tcache->capacity[class];
	less = less > most ? less - most : 0;
	/* The bin still has the other blocks. */
	shrink(tcache, class, less < length ? less : length);
}

/* The bin is full, or has no capacity: send half of the blocks home. */
static void make_room(struct hak_tcache *tcache, unsigned class)
{
	unsigned length = hak_tcache_length(tcache, class);
	uint64_t bytes =
		(uint64_t)tcache->refused[class] * hak_sizeclass[class].bytes;
	unsigned half = (length + 1) / 2;

	if (bytes > GIVE_UP_BYTES) {
		give_up(tcache, class, length);
		return;
	}
	tcache->refused[class] +=
		send_home(tcache, class, half < SEND_MAX ? half : SEND_MAX);
}

void hak_tcache_push_slow(void *block, size_t slot, struct hak_tcache *tcache)
{
	unsigned class = (unsigned)slot - HAK_SLOTS;
	uint32_t work;

	/* Undo the refused push. */
	tcache->room[slot]++;
	flush_if_asked(tcache);
	work = hak_claim_enter(tcache);
	check_freed(tcache, block);
	if (tcache->room[slot] <= 0)
		make_room(tcache, class);
	if (!hak_tcache_push(tcache, slot, block)) {
		tcache->room[slot]++;
		tcache->refused[class]++;
		hak_slabs_put(tcache, block);
	}
	hak_slabs_keep_bounds(tcache);
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

void hak_tcache_init(struct hak_tcache *tcache, struct hak_node *node,
		     uint32_t key)
{
	unsigned class;

	tcache->nil = HAK_SPOILT;
	memcpy(tcache->tiny_slot, hak_tiny_slot, sizeof(hak_tiny_slot));
	tcache->key = key;
	tcache->node = node;
	hak_owner_open(&tcache->owner, key, node->index, &node->callers);
	hak_credit_keep_less(tcache);
	for (class = 1; class < HAK_CLASSES; class++)
		tcache->list[HAK_SLOTS + class] = hak_tcache_link(&tcache->nil);
}

void hak_tcache_start(uint64_t link_key, uint32_t none_key)
{
	struct hak_tcache *none = &hak_tcache_none;
	unsigned slot;

	hak_link.key = link_key;
	hak_link.zero = link_key + hak_window_base;
	hak_link.bytes = hak_window.with_records;
	none->key = none_key;
	none->nil = HAK_SPOILT;
	memcpy(none->tiny_slot, hak_tiny_slot, sizeof(hak_tiny_slot));
	for (slot = HAK_SLOTS; slot < 2 * HAK_SLOTS; slot++)
		none->list[slot] = hak_tcache_link(&none->nil);
}
