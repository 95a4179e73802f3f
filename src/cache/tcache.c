/* SPDX-License-Identifier: MIT */
/*
 * tcache.c - blocks between a thread's bins and slabs.
 *
 * Owns    the bins. The lists of the thread's slabs are in heap/owner.h.
 * Locks   none: a tcache belongs to its thread, to the taker of a parked
 *         tcache, or to the keeper while claimed.
 * Calls   heap/owner.h, heap/node.h, remote.h.
 */
#include "cache/tcache.h"

#include "cache/claim.h"
#include "cache/remote.h"
#include "cache/thread.h"
#include "base/atomic.h"
#include "base/fault.h"

#include <string.h>

enum {
	DRAW_MAX = 64,
	TIDY_EVERY = 16,	   /* lent slabs between two notes */
	PUBLISH_BYTES = 256 << 10, /* most bytes missing in the statistics */
};

struct hak_tcache hak_tcache_none;
struct hak_link hak_link HAK_HOT;

static void publish(struct hak_tcache *tcache)
{
	hak_stat_add(tcache->node->stats, HAK_STAT_SMALL_OUT,
		     tcache->bytes_out);
	hak_stat_add(tcache->node->stats, HAK_STAT_SMALL_IN,
		     tcache->owner.bytes_in);
	tcache->bytes_out = 0;
	tcache->owner.bytes_in = 0;
}

static HAK_COLD HAK_NORETURN void broken(const struct hak_tcache *tcache,
					 unsigned class, const hak_word *block)
{
	struct hak_text detail = { 0 };
	bool twice = *block == HAK_SPOILT || *block == HAK_SENT_HOME;

	hak_text_add(&detail, "a ");
	hak_text_add_number(&detail, hak_sizeclass[class].bytes);
	hak_text_add(&detail, "-byte block of node ");
	hak_text_add_number(&detail, tcache->node->index);
	hak_text_add(&detail, ", owner ");
	hak_text_add_number(&detail, tcache->key >> HAK_OWNER_SHIFT);
	hak_fault(twice ? HAK_FAULT_DOUBLE_FREE : HAK_FAULT_CORRUPTED_LIST,
		  block, &detail);
}

/* Is the address `there` a place for blocks, or the end of a list? */
static bool is_link(const struct hak_tcache *tcache, uintptr_t there)
{
	return (hak_window_has((void *)there) && there % HAK_ALIGN == 0) ||
	       (void *)there == &tcache->nil;
}

void *hak_tcache_next(const struct hak_tcache *tcache, unsigned class,
		      const hak_word *block)
{
	hak_word next = *block + hak_link.zero;

	if (hak_unlikely(!is_link(tcache, next)))
		broken(tcache, class, block);
	return (void *)next == &tcache->nil ? NULL : (void *)next;
}

/*
 * Since the bin was last empty, the bin has refused more blocks than a full bin
 * holds. So the program frees the class's blocks and does not need them again.
 */
static bool is_given_up(const struct hak_tcache *tcache, unsigned class)
{
	return tcache->refused[class] > hak_sizeclass[class].cached;
}

/*
 * The class is in use, so keep its last idle slab. If the slab is a single
 * large block, do not: the bin has such a block anyway.
 */
static void take_up(struct hak_tcache *tcache, unsigned class)
{
	tcache->refused[class] = 0;
	hak_owner_set_keeps(&tcache->owner, class,
			    hak_sizeclass[class].blocks > 1);
}

static void bring_back(struct hak_slab *chain)
{
	struct hak_slab *slab;

	while (hak_unlikely((slab = chain))) {
		/*
		 * Read the link first: after the return the slab may have
		 * another owner.
		 */
		chain = slab->queued;
		hak_node_return(slab);
	}
}

static void drain(struct hak_tcache *tcache, enum hak_drain why)
{
	bring_back(hak_owner_drain(&tcache->owner, why));
}

static struct hak_slab *lend_slab(struct hak_tcache *tcache, unsigned class)
{
	struct hak_slab *slab;

	if (++tcache->slabs_lent % TIDY_EVERY == 0)
		hak_node_collect_later(tcache->node);
	slab = hak_node_lend(tcache->node, &tcache->owner, class);
	if (slab)
		hak_owner_list(&tcache->owner, slab);
	return slab;
}

static unsigned draw(struct hak_tcache *tcache, unsigned class,
		     void **ret_blocks, unsigned most)
{
	struct hak_node *node = tcache->node;
	uint32_t tcaches = hak_read_once(&node->tcaches);
	struct hak_slab *slab = hak_owner_find(&tcache->owner, class);
	unsigned n;

	if (!slab && !hak_policy_own_slab(tcache->refills[class], tcaches))
		return hak_shared_draw(node, class, ret_blocks, most);
	if (!slab)
		slab = lend_slab(tcache, class);
	if (!slab)
		return 0;
	n = hak_slab_draw(slab, ret_blocks, most);
	hak_slab_touch(slab, ret_blocks[n - 1],
		       hak_policy_ahead(tcache->refills[class],
					hak_sizeclass[class].bytes));
	tcache->bytes_out += (uint64_t)n * hak_sizeclass[class].bytes;
	return n;
}

static void refill(struct hak_tcache *tcache, unsigned class)
{
	unsigned batch = hak_policy_batch(tcache->refills[class],
					  hak_sizeclass[class].bytes);
	void **list = &tcache->list[HAK_SLOTS + class];
	void *blocks[DRAW_MAX];
	unsigned n;

	drain(tcache, HAK_DRAIN_TO_DRAW);
	n = draw(tcache, class, blocks, batch);
	tcache->refills[class] += tcache->refills[class] < UINT8_MAX;
	if (tcache->refused[class])
		take_up(tcache, class);
	publish(tcache);
	tcache->room[HAK_SLOTS + class] =
		(int32_t)(hak_sizeclass[class].cached - n);
	/* A fork child must not find a listed block in the slab's bitmap. */
	atomic_signal_fence(memory_order_acq_rel);
	while (n) {
		*(hak_word *)blocks[--n] = (hak_word)*list - hak_link.zero;
		*list = blocks[n];
	}
}

/*
 * The first word looks like a link. Report a fault if the block is on the list
 * already.
 */
static HAK_COLD void check_list(const struct hak_tcache *tcache,
				unsigned class, const hak_word *block)
{
	const hak_word *on = hak_tcache_first(tcache, class);
	unsigned most = hak_sizeclass[class].cached;

	/* A list has at most `most` blocks, unless the list is a cycle. */
	for (; on && most--; on = hak_tcache_next(tcache, class, on))
		if (on == block)
			hak_slab_fault(HAK_FAULT_DOUBLE_FREE, block);
}

static void put(struct hak_tcache *tcache, void *block)
{
	struct hak_slab *slab = hak_slab_of(block);
	unsigned index = hak_slab_index(slab, block);

	if (hak_unlikely(index == HAK_SLAB_BLOCKS_MAX))
		hak_slab_fault(HAK_FAULT_INTERIOR_FREE, block);
	bring_back(hak_owner_put(&tcache->owner, slab, index));
	if (tcache->owner.bytes_in > PUBLISH_BYTES)
		publish(tcache);
}

/*
 * Put back a freed block that is on no list. Report a fault if the program has
 * freed it twice.
 */
static void put_freed(struct hak_tcache *tcache, hak_word *block)
{
	if (hak_unlikely(hak_tcache_looks_listed(block)))
		check_list(tcache, hak_slab_of(block)->class, block);
	*block = HAK_SENT_HOME;
	put(tcache, block);
}

/*
 * Return a block that is on no list: to a slab of this tcache, or to another
 * owner.
 */
static void send_home(struct hak_tcache *tcache, hak_word *block)
{
	*block = HAK_SENT_HOME;
	if (hak_entry_key(hak_window_entry(block)) == tcache->key)
		put(tcache, block);
	else
		hak_remote_free(tcache, block);
}

/*
 * The program does not need this class any more, but each block in the bin
 * keeps a slab in use. So each refused block takes one more block out of the
 * bin, until the next refill.
 */
static void shrink_bin(struct hak_tcache *tcache, unsigned class)
{
	hak_word *block = hak_tcache_first(tcache, class);
	void *next;

	if (!block)
		return;
	next = hak_tcache_next(tcache, class, block);
	tcache->list[HAK_SLOTS + class] = next ? next : &tcache->nil;
	send_home(tcache, block);
}

static void empty_bin(struct hak_tcache *tcache, unsigned class)
{
	tcache->list[HAK_SLOTS + class] = &tcache->nil;
	tcache->room[HAK_SLOTS + class] = hak_sizeclass[class].cached;
	take_up(tcache, class);
}

static void flush_bin(struct hak_tcache *tcache, unsigned class)
{
	hak_word *block = hak_tcache_first(tcache, class);

	empty_bin(tcache, class);
	while (block) {
		void *next = hak_tcache_next(tcache, class, block);

		send_home(tcache, block);
		block = next;
	}
}

static HAK_COLD void do_as_asked(struct hak_tcache *tcache)
{
	/* In a signal handler that interrupted other work, do nothing. */
	if (!hak_claim_at_work(tcache) && hak_claim_asked_to_flush(tcache))
		hak_tcache_flush(tcache);
}

/*
 * Flush the bins if the keeper has asked for this, because the keeper must not
 * touch the bins itself.
 */
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

	put_freed(tcache, block);
	hak_claim_leave(tcache, work);
}

void hak_tcache_push_slow(void *block, size_t slot, struct hak_tcache *tcache)
{
	unsigned class = (unsigned)slot - HAK_SLOTS;
	uint32_t work;
	bool given_up;

	/* The refused push has made `room` negative. */
	tcache->room[slot] = 0;
	flush_if_asked(tcache);
	work = hak_claim_enter(tcache);
	tcache->refused[class]++;
	given_up = is_given_up(tcache, class);
	if (hak_unlikely(given_up))
		hak_owner_set_keeps(&tcache->owner, class, false);
	put_freed(tcache, block);
	if (hak_unlikely(given_up))
		shrink_bin(tcache, class);
	hak_claim_leave(tcache, work);
}

static void tidy(struct hak_tcache *tcache)
{
	unsigned class;

	drain(tcache, HAK_DRAIN_TO_EMPTY);
	for (class = 1; class < HAK_CLASSES; class++)
		bring_back(hak_owner_tidy(&tcache->owner, class));
	publish(tcache);
}

void hak_tcache_flush(struct hak_tcache *tcache)
{
	uint32_t work = hak_claim_enter(tcache);
	unsigned class;

	for (class = 1; class < HAK_CLASSES; class++) {
		flush_bin(tcache, class);
		tcache->refills[class] = 0;
	}
	hak_remote_deliver(tcache);
	publish(tcache);
	hak_claim_leave(tcache, work);
}

void hak_tcache_tidy(struct hak_tcache *tcache)
{
	uint32_t work = hak_claim_enter(tcache);

	tidy(tcache);
	hak_claim_leave(tcache, work);
}

void hak_tcache_drain(struct hak_tcache *tcache)
{
	uint32_t work = hak_claim_enter(tcache);

	drain(tcache, HAK_DRAIN_TO_EMPTY);
	publish(tcache);
	hak_claim_leave(tcache, work);
}

void hak_tcache_tend(struct hak_tcache *tcache)
{
	hak_remote_deliver(tcache);
	tidy(tcache);
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
	for (class = 1; class < HAK_CLASSES; class++)
		empty_bin(tcache, class);
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
		none->list[slot] = &none->nil;
}
