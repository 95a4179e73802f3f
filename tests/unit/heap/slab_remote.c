/* SPDX-License-Identifier: MIT */
/*
 * slab_remote.c - one owner that lends blocks, and freers that give them back
 * by the remote word: no block is lost, doubled, or still in use when its
 * slab goes home.
 */
#include "heap/slab.h"

#include "unit/heap.h"

#include <pthread.h>

enum { FREERS = 3, CLASS = 40, ROUNDS = 30000 };
enum { BATCH = 4, RING = 256, KEPT = 700 };

/* One producer and one consumer. */
static struct ring {
	_Atomic unsigned int head;
	_Atomic unsigned int tail;
	void *block[RING];
} rings[FREERS];

static _Atomic bool over;
static struct hak_owner owner;
static struct hak_list listed; /* slabs with free blocks */
static uint64_t slabs_out;

static bool ring_put(struct ring *ring, void *block)
{
	unsigned int head = atomic_load(&ring->head);

	if (head - atomic_load(&ring->tail) == RING)
		return false;
	ring->block[head % RING] = block;
	atomic_store(&ring->head, head + 1);
	return true;
}

static void *ring_get(struct ring *ring)
{
	unsigned int tail = atomic_load(&ring->tail);
	void *block;

	if (tail == atomic_load(&ring->head))
		return NULL;
	block = ring->block[tail % RING];
	atomic_store(&ring->tail, tail + 1);
	return block;
}

static void free_one(void *block)
{
	struct hak_slab *slab = hak_slab_of(block);
	unsigned int index = hak_slab_index(slab, block);

	unit_need(index < slab->blocks);
	unit_expect(*(uint64_t *)block == (uint64_t)block);
	*(uint64_t *)block = 0;
	hak_slab_return_remote(slab, index / 64, 1UL << (index & 63));
}

static void *freer(void *arg)
{
	struct ring *ring = arg;
	bool last;
	void *block;

	do {
		last = atomic_load(&over);
		while ((block = ring_get(ring)))
			free_one(block);
		sched_yield();
	} while (!last);
	return NULL;
}

static void list(struct hak_slab *slab)
{
	slab->listed = true;
	hak_list_push(&listed, &slab->link);
}

static void go_home(struct hak_slab *slab)
{
	size_t bytes = hak_sizeclass[CLASS].bytes;
	unsigned int i;

	for (i = 0; i < slab->blocks; i++)
		unit_expect(*(uint64_t *)(slab->start + i * bytes) == 0);
	hak_list_remove(&slab->link);
	slab->queued = NULL;
	hak_node_return(slab);
	slabs_out--;
}

static void drain(void)
{
	struct hak_slab *slab = hak_slab_dequeue_all(&owner), *next;

	for (; slab; slab = next) {
		next = slab->queued;
		hak_slab_dequeued(slab);
		if (!slab->listed)
			list(slab);
		if (hak_slab_idle(slab))
			go_home(slab);
	}
}

/* As if parked and adopted: all that is listed is watched as well. */
static void watch_all(void)
{
	struct hak_list *link, *next;
	struct hak_slab *slab;

	for (link = listed.next; link != &listed; link = next) {
		next = link->next;
		slab = hak_container_of(link, struct hak_slab, link);
		while (!hak_slab_set_full(slab))
			hak_slab_collect(slab);
		if (hak_slab_idle(slab))
			go_home(slab);
	}
}

static struct hak_slab *find(void)
{
	struct hak_slab *slab;

	while ((slab = hak_list_first(&listed, struct hak_slab, link))) {
		if (!slab->free)
			hak_slab_collect(slab);
		if (slab->free)
			return slab;
		if (hak_slab_set_full(slab)) {
			slab->listed = false;
			hak_list_remove(&slab->link);
		}
	}
	slab = hak_node_lend(hak_nodes[0], &owner, CLASS, 1);
	unit_need(slab);
	slabs_out++;
	list(slab);
	return slab;
}

/* Now and then the owner frees one itself. */
static void put(void *block)
{
	struct hak_slab *slab = hak_slab_of(block);

	*(uint64_t *)block = 0;
	hak_slab_put(slab, hak_slab_index(slab, block));
	slab->free++;
	slab->used--;
	if (!slab->listed && hak_slab_regain(slab))
		list(slab);
}

static void lend_round(unsigned int round)
{
	static void *kept[KEPT]; /* until their slab may well be FULL */
	void *blocks[BATCH], **old = &kept[round % KEPT];
	struct hak_slab *slab;
	unsigned int n, i;

	if (round % 64 == 0)
		drain();
	if (round % 100 == 0)
		watch_all();
	slab = find();
	n = hak_slab_draw(slab, blocks, BATCH);
	unit_need(n > 0);
	for (i = 0; i < n; i++) {
		unit_expect(*(uint64_t *)blocks[i] == 0);
		*(uint64_t *)blocks[i] = (uint64_t)blocks[i];
		if (i == 0 && (*old || round < KEPT)) {
			if (*old)
				put(*old);
			*old = round < ROUNDS - KEPT ? blocks[0] : NULL;
			if (*old)
				continue;
		}
		if (!ring_put(&rings[(round + i) % FREERS], blocks[i]))
			put(blocks[i]);
	}
}

static void all_home(void)
{
	struct hak_list *link, *next;

	drain();
	for (link = listed.next; link != &listed; link = next) {
		struct hak_slab *slab =
			hak_container_of(link, struct hak_slab, link);

		next = link->next;
		hak_slab_collect(slab);
		unit_expect(slab->free == slab->blocks);
		unit_expect(hak_slab_idle(slab));
		go_home(slab);
	}
}

int main(void)
{
	pthread_t thread[FREERS];
	unsigned int i;

	ksft_print_header();
	ksft_set_plan(2);
	unit_open_heap();
	owner.key = hak_owner_key();
	hak_list_init(&listed);
	for (i = 0; i < FREERS; i++)
		unit_need(!pthread_create(&thread[i], NULL, freer, &rings[i]));
	for (i = 0; i < ROUNDS; i++)
		lend_round(i);
	atomic_store(&over, true);
	for (i = 0; i < FREERS; i++)
		pthread_join(thread[i], NULL);
	unit_result("freers and one owner lose and double no block");
	all_home();
	unit_expect(slabs_out == 0);
	unit_expect(unit_stat(HAK_STAT_SLABS_LENT) ==
		    unit_stat(HAK_STAT_SLABS_RETURNED));
	unit_expect(hak_window.span[0].lent == 0);
	unit_result("every slab goes home, and its superslab with it");
	return ksft_finished();
}
