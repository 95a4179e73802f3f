/* SPDX-License-Identifier: MIT */
/*
 * slabs.c - moves blocks between a tcache and slabs.
 *
 * Owns    the choice of the idle slabs that a thread keeps.
 * Locks   none: see tcache.c.
 * Calls   credit.h, remote.h, heap/owner.h, heap/node.h.
 */
#include "cache/slabs.h"

#include "cache/credit.h"
#include "cache/remote.h"
#include "base/fault.h"

enum {
	COLLECT_EVERY = 16, /* calls of lend() between two notes for the node */
	/* The bytes by which unpublished counts may change the bytes in use. */
	IN_USE_BYTES = 256 << 10,
	IN_OUT_BYTES = 64 << 20, /* drawn bytes that may be unpublished */
};

void hak_slabs_publish(struct hak_tcache *tcache)
{
	hak_stat_add(tcache->node->stats, HAK_STAT_SMALL_OUT,
		     tcache->bytes_out);
	hak_stat_add(tcache->node->stats, HAK_STAT_SMALL_IN,
		     tcache->owner.bytes_in);
	tcache->bytes_out = 0;
	tcache->owner.bytes_in = 0;
}

/* All threads of the node add to the same counters, so add seldom. */
static void publish_if_due(struct hak_tcache *tcache)
{
	uint64_t more = tcache->bytes_out - tcache->owner.bytes_in;

	if (hak_unlikely(more + IN_USE_BYTES > 2 * IN_USE_BYTES ||
			 tcache->bytes_out > IN_OUT_BYTES))
		hak_slabs_publish(tcache);
}

static void evict(struct hak_tcache *tcache, uint32_t units)
{
	hak_node_return(hak_owner_evict(&tcache->owner, units));
}

void hak_slabs_keep_bounds(struct hak_tcache *tcache)
{
	struct hak_owner *owner = &tcache->owner;

	if (hak_owner_has_excess(owner)) {
		tcache->idle_lack = true;
		/* Return several slabs at once, because each return takes a lock. */
		evict(tcache, owner->idle_most - owner->idle_most / 4);
	}
	publish_if_due(tcache);
}

/*
 * The thread returned idle slabs over the limit, and now needs slabs again. So raise
 * the limit.
 */
static void keep_more(struct hak_tcache *tcache)
{
	tcache->idle_lack = false;
	hak_credit_keep_more(tcache);
}

/*
 * The number of slabs that the node shall lend at once: at least 1, and otherwise not
 * more than the thread may keep idle.
 */
static unsigned lend_most(const struct hak_tcache *tcache, unsigned class)
{
	const struct hak_owner *owner = &tcache->owner;
	unsigned units = hak_sizeclass[class].units;
	unsigned most = hak_policy_lend(tcache->refills[class], units);
	unsigned room = owner->idle_most > owner->idle_units
				? (owner->idle_most - owner->idle_units) / units
				: 0;

	most = most < room ? most : room;
	return most ? most : 1;
}

static struct hak_slab *lend(struct hak_tcache *tcache, unsigned class)
{
	struct hak_owner *owner = &tcache->owner;
	struct hak_slab *chain;
	unsigned most;

	if (tcache->idle_lack)
		keep_more(tcache);
	if (++tcache->lends % COLLECT_EVERY == 0)
		hak_node_collect_later(tcache->node);
	most = lend_most(tcache, class);
	chain = hak_node_lend(tcache->node, owner, class, most);
	if (hak_unlikely(!chain && owner->idle_units)) {
		/* The node has no memory: first return idle slabs of other classes. */
		evict(tcache, 0);
		chain = hak_node_lend(tcache->node, owner, class, 1);
	}
	hak_owner_add(owner, chain);
	return hak_owner_find(owner, class);
}

unsigned hak_slabs_draw(struct hak_tcache *tcache, unsigned class,
			void **ret_blocks, unsigned most)
{
	struct hak_node *node = tcache->node;
	struct hak_slab *slab;
	unsigned n;

	hak_owner_drain(&tcache->owner, HAK_DRAIN_TO_DRAW);
	slab = hak_owner_find(&tcache->owner, class);
	if (!slab && !hak_policy_own_slab(tcache->refills[class],
					  hak_read_once(&node->tcaches)))
		return hak_shared_draw(node, class, ret_blocks, most);
	if (!slab)
		slab = lend(tcache, class);
	if (!slab)
		return 0;
	n = hak_owner_draw(&tcache->owner, slab, ret_blocks, most);
	hak_slab_touch(slab, ret_blocks[n - 1],
		       hak_policy_ahead(tcache->refills[class],
					hak_sizeclass[class].bytes));
	tcache->bytes_out += (uint64_t)n * hak_sizeclass[class].bytes;
	return n;
}

void hak_slabs_put(struct hak_tcache *tcache, hak_word *block)
{
	struct hak_slab *slab = hak_slab_of(block);
	unsigned index = hak_slab_index(slab, block);

	if (hak_unlikely(index == HAK_SLAB_BLOCKS_MAX))
		hak_slab_fault(HAK_FAULT_INTERIOR_FREE, block);
	*block = HAK_SENT_HOME;
	hak_slab_put(slab, index);
	hak_owner_count_in(&tcache->owner, slab, 1);
}

void hak_slabs_put_any(struct hak_tcache *tcache, hak_word *block)
{
	if (hak_slab_of(block)->owner == &tcache->owner)
		hak_slabs_put(tcache, block);
	else
		hak_remote_free(tcache, block);
}

static void count_run(struct hak_owner *owner, struct hak_slab *slab, size_t nr)
{
	if (nr)
		hak_owner_count_in(owner, slab, (unsigned)nr);
}

unsigned hak_slabs_put_all(struct hak_tcache *tcache, unsigned class,
			   const hak_cell *blocks, unsigned nr)
{
	/* Copy, because the compiler would read the table again for each block. */
	const struct hak_sizeclass sc = hak_sizeclass[class];
	const size_t extent = (size_t)sc.blocks * sc.bytes;
	const hak_cell *end = blocks + nr;
	/* `run`: the first of the blocks that are in `slab` */
	const hak_cell *at = blocks, *run = blocks;
	struct hak_owner *owner = &tcache->owner;
	struct hak_slab *slab = NULL; /* of the block before `at` */
	const char *start = NULL;
	uint64_t product;
	size_t offset;

	for (; at < end && *(hak_word *)*at == HAK_FREED; at++) {
		*(hak_word *)*at = HAK_SENT_HOME;
		offset = (size_t)((char *)*at - start);
		if (offset >= extent) {
			count_run(owner, slab, (size_t)(at - run));
			slab = hak_slab_of(*at);
			start = slab->start;
			offset = (size_t)((char *)*at - start);
			run = at;
			if (hak_unlikely(slab->owner != owner)) {
				hak_remote_free(tcache, *at);
				start = NULL;
				run++;
				continue;
			}
			if (hak_unlikely(offset >= extent))
				hak_slab_fault(HAK_FAULT_INTERIOR_FREE, *at);
		}
		product = (offset >> 4) * sc.recip;
		/*
		 * The offset is no multiple of the block size, so no block starts here.
		 * free() has checked that the offset is a multiple of 16.
		 */
		if (hak_unlikely((uint32_t)product >= sc.recip))
			hak_slab_fault(HAK_FAULT_INTERIOR_FREE, *at);
		hak_assume(product >> 32 < HAK_SLAB_BLOCKS_MAX);
		hak_slab_put(slab, (unsigned)(product >> 32));
	}
	count_run(owner, slab, (size_t)(at - run));
	return (unsigned)(at - blocks);
}

void hak_slabs_drain(struct hak_tcache *tcache)
{
	hak_owner_drain(&tcache->owner, HAK_DRAIN_TO_WAIT);
	evict(tcache, 0);
	hak_slabs_publish(tcache);
}

void hak_slabs_tidy(struct hak_tcache *tcache)
{
	unsigned class;

	hak_owner_drain(&tcache->owner, HAK_DRAIN_TO_WAIT);
	for (class = 1; class < HAK_CLASSES; class++)
		hak_owner_tidy(&tcache->owner, class);
	evict(tcache, 0);
	tcache->idle_lack = false;
	hak_credit_keep_less(tcache);
	hak_slabs_publish(tcache);
}
