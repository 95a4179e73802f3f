/* SPDX-License-Identifier: MIT */
/*
 * owner.c - an owner's work with slabs: list, find, collect, drain, tidy.
 *
 * Owns    owner ids, and the lists of an owner's slabs.
 * Locks   none: the holder of the owner calls.
 * Calls   slab.h, callers.h.
 */
#include "heap/owner.h"

#include "heap/callers.h"
#include "base/atomic.h"

enum {
	FIRST_OWNER = 2, /* id 0: no owner; id 1: every thread without a tcache */
};

static _Atomic uint32_t owners = FIRST_OWNER;

uint32_t hak_owner_key(void)
{
	uint32_t id = hak_read_once(&owners);

	do {
		if (id == HAK_OWNERS_MAX)
			return 0;
	} while (!hak_cas_weak_relaxed(&owners, &id, id + 1));
	return id << HAK_OWNER_SHIFT;
}

void hak_owner_open(struct hak_owner *owner, uint32_t key, unsigned node,
		    struct hak_callers *callers)
{
	unsigned class;

	owner->key = key;
	owner->node = (uint16_t)node;
	owner->callers = callers;
	hak_list_init(&owner->idle);
	for (class = 0; class < HAK_CLASSES; class++)
		hak_list_init(&owner->slabs[class]);
}

void hak_owner_park(struct hak_owner *owner)
{
	/* pairs with enqueue(): at least one side sees the other */
	atomic_store_explicit(&owner->parked, true, memory_order_seq_cst);
	if (atomic_load_explicit(&owner->queue, memory_order_seq_cst))
		hak_callers_add(owner);
}

static void count_in(struct hak_owner *owner, const struct hak_slab *slab,
		     unsigned blocks)
{
	owner->used[slab->class] -= blocks;
	owner->bytes_in += (uint64_t)blocks * hak_sizeclass[slab->class].bytes;
}

/* Let the next remote free put the slab on the queue. */
static void watch(struct hak_owner *owner, struct hak_slab *slab)
{
	while (!hak_slab_set_full(slab))
		count_in(owner, slab, hak_slab_collect(slab));
}

/*
 * Put an idle slab on the list of idle slabs, and behind all slabs in use on the
 * list for its class, because the owner should draw from slabs in use first.
 */
static void keep(struct hak_owner *owner, struct hak_slab *slab)
{
	slab->idle = true;
	hak_list_remove(&slab->link);
	hak_list_append(&owner->slabs[slab->class], &slab->link);
	hak_list_push(&owner->idle, &slab->idle_link);
	owner->idle_units += slab->units;
}

static void unkeep(struct hak_owner *owner, struct hak_slab *slab)
{
	slab->idle = false;
	hak_list_remove(&slab->idle_link);
	owner->idle_units -= slab->units;
}

static void keep_if_idle(struct hak_owner *owner, struct hak_slab *slab)
{
	if (!slab->idle && hak_slab_idle(slab))
		keep(owner, slab);
}

void hak_owner_add(struct hak_owner *owner, struct hak_slab *chain)
{
	struct hak_slab *slab;

	while ((slab = chain)) {
		chain = slab->queued;
		hak_owner_list(owner, slab);
		keep(owner, slab);
	}
}

HAK_NOINLINE void hak_owner_recheck(struct hak_owner *owner,
				    struct hak_slab *slab)
{
	if (!slab->listed) {
		/*
		 * If the slab is QUEUED, the next drain of the queue puts the slab
		 * on the list.
		 */
		if (!hak_slab_regain(slab))
			return;
		hak_owner_list(owner, slab);
	}
	keep_if_idle(owner, slab);
}

struct hak_slab *hak_owner_search(struct hak_owner *owner, unsigned class)
{
	struct hak_list *list = &owner->slabs[class];
	struct hak_slab *slab;

	while ((slab = hak_list_first(list, struct hak_slab, link))) {
		if (!slab->free)
			count_in(owner, slab, hak_slab_collect(slab));
		if (slab->idle)
			unkeep(owner, slab);
		if (slab->free)
			return slab;
		if (hak_slab_set_full(slab)) {
			slab->listed = false;
			hak_list_remove(&slab->link);
		}
	}
	return NULL;
}

struct hak_slab *hak_owner_evict(struct hak_owner *owner, uint32_t units)
{
	struct hak_slab *chain = NULL;
	struct hak_slab *slab;

	while (owner->idle_units > units) {
		slab = hak_container_of(owner->idle.prev, struct hak_slab,
					idle_link);
		unkeep(owner, slab);
		hak_list_remove(&slab->link);
		slab->queued = chain;
		chain = slab;
	}
	return chain;
}

void hak_owner_drain_queue(struct hak_owner *owner, enum hak_drain why)
{
	struct hak_slab *slab = hak_slab_dequeue_all(owner);
	struct hak_slab *next;

	for (; slab; slab = next) {
		next = slab->queued;
		count_in(owner, slab, hak_slab_dequeued(slab));
		if (!slab->listed)
			hak_owner_list(owner, slab);
		if (why == HAK_DRAIN_TO_WAIT)
			watch(owner, slab);
		keep_if_idle(owner, slab);
	}
}

void hak_owner_tidy(struct hak_owner *owner, unsigned class)
{
	struct hak_list *list = &owner->slabs[class];
	struct hak_list *end = list->prev;
	struct hak_list *link, *next;
	struct hak_slab *slab;

	/*
	 * A slab that becomes idle moves to the list's end. So stop at the slab
	 * that was the last at first.
	 */
	for (link = list->next; link != list; link = next) {
		next = link == end ? list : link->next;
		slab = hak_container_of(link, struct hak_slab, link);
		watch(owner, slab);
		keep_if_idle(owner, slab);
	}
}
