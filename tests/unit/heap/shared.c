/* SPDX-License-Identifier: MIT */
/* shared.c - blocks drawn from a node's own slabs, and what becomes of them. */
#include "heap/node.h"

#include "unit/heap.h"

#include <pthread.h>

enum { THREADS = 3, ROUNDS = 4000, HELD = 64 };

static struct hak_node *node;

static void give(void *block)
{
	struct hak_slab *slab = hak_slab_of(block);
	unsigned int index = hak_slab_index(slab, block);

	unit_need(index < slab->blocks);
	hak_slab_return_remote(slab, index / 64, 1UL << (index & 63));
}

static void every_class(void)
{
	void *blocks[HAK_CLASSES][2];
	unsigned int class, i;
	uint32_t entry;

	for (class = 1; class < HAK_CLASSES; class++) {
		unit_need(hak_shared_draw(node, class, blocks[class], 1) == 1);
		unit_need(hak_shared_draw(node, class, blocks[class] + 1, 1) ==
			  1);
		unit_expect(blocks[class][0] != blocks[class][1]);
		for (i = 0; i < 2; i++) {
			entry = hak_window_entry(blocks[class][i]);
			unit_expect(entry == hak_entry(node->shared.key,
						       class));
			memset(blocks[class][i], (int)class,
			       hak_sizeclass[class].bytes);
		}
	}
	for (class = 1; class < HAK_CLASSES; class++)
		for (i = 0; i < 2 * hak_sizeclass[class].bytes; i += 8)
			unit_expect(((uint8_t *)blocks[class][i % 2])[i / 2] ==
				    class);
	unit_expect(unit_stat(HAK_STAT_SMALL_OUT) >
		    unit_stat(HAK_STAT_SMALL_IN));
	for (class = 1; class < HAK_CLASSES; class++) {
		give(blocks[class][0]);
		give(blocks[class][1]);
	}
	hak_shared_tidy(node);
	unit_expect(unit_stat(HAK_STAT_SMALL_OUT) ==
		    unit_stat(HAK_STAT_SMALL_IN));
	unit_expect(unit_stat(HAK_STAT_SLABS_LENT) ==
		    unit_stat(HAK_STAT_SLABS_RETURNED));
	unit_expect(hak_window.span[0].lent == 0);
	unit_result("two blocks of every class come and go");
}

static void one_slab(void)
{
	void *blocks[HAK_SLAB_BLOCKS_MAX], *again;
	uint64_t before = unit_stat(HAK_STAT_SLABS_LENT);
	struct hak_slab *slab;
	unsigned int n, i;

	n = hak_shared_draw(node, 20, blocks, HAK_SLAB_BLOCKS_MAX);
	slab = hak_slab_of(blocks[0]);
	unit_expect(n == slab->blocks);
	unit_need(hak_shared_draw(node, 20, &again, 1) == 1);
	unit_expect(hak_slab_of(again) != slab);
	unit_expect(unit_stat(HAK_STAT_SLABS_LENT) == before + 2);
	give(blocks[3]);
	give(again);
	/* The full one was queued, and comes first again. */
	unit_need(hak_shared_draw(node, 20, &again, 1) == 1);
	unit_expect(again == blocks[3]);
	give(again);
	for (i = 0; i < n; i++)
		if (i != 3)
			give(blocks[i]);
	hak_shared_tidy(node);
	unit_expect(unit_stat(HAK_STAT_SLABS_LENT) ==
		    unit_stat(HAK_STAT_SLABS_RETURNED));
	unit_result("a full slab is shared again once a block came home");
}

/* Tidied, slabs with blocks out call by the queue for the next one. */
static void watched(void)
{
	void *blocks[HAK_SLAB_BLOCKS_MAX], *last, *again;
	uint64_t returned, in;
	struct hak_slab *slab, *other;
	unsigned int n, i;

	n = hak_shared_draw(node, 20, blocks, HAK_SLAB_BLOCKS_MAX);
	unit_need(hak_shared_draw(node, 20, &last, 1) == 1);
	slab = hak_slab_of(blocks[0]);
	other = hak_slab_of(last);
	hak_shared_tidy(node);
	unit_expect(other->listed);
	unit_expect(atomic_load(&slab->remote) == HAK_SLAB_FULL);
	unit_expect(atomic_load(&other->remote) == HAK_SLAB_FULL);
	unit_expect(!atomic_load(&node->shared.queue));
	/* It lends on; what comes home is queued though it is listed. */
	unit_need(hak_shared_draw(node, 20, &again, 1) == 1);
	unit_expect(hak_slab_of(again) == other);
	in = unit_stat(HAK_STAT_SMALL_IN);
	give(again);
	unit_expect(atomic_load(&node->shared.queue) == other);
	hak_shared_drain(node);
	unit_expect(unit_stat(HAK_STAT_SMALL_IN) ==
		    in + hak_sizeclass[20].bytes);
	returned = unit_stat(HAK_STAT_SLABS_RETURNED);
	for (i = 0; i < n; i++)
		give(blocks[i]);
	hak_shared_drain(node);
	unit_expect(slab->idle && !other->idle);
	unit_expect(unit_stat(HAK_STAT_SLABS_RETURNED) == returned);
	give(last);
	hak_shared_tidy(node);
	unit_expect(unit_stat(HAK_STAT_SLABS_RETURNED) == returned + 2);
	unit_expect(hak_window.span[0].lent == 0);
	unit_result("tidied slabs are drained as their blocks come home");
}

/*
 * A freer that has set its bit and not yet counted it: another's count brings
 * both blocks home, and the late count brings none.
 */
static void counted_late(void)
{
	void *blocks[HAK_SLAB_BLOCKS_MAX], *two[2], *next = NULL;
	struct hak_slab *slab;
	unsigned int n, i;

	n = hak_shared_draw(node, 30, blocks, HAK_SLAB_BLOCKS_MAX);
	slab = hak_slab_of(blocks[0]);
	atomic_fetch_or(&slab->returned[0], 1);
	hak_slab_return_remote(slab, 0, 2);
	unit_expect(hak_shared_draw(node, 30, two, 2) == 2);
	unit_expect(two[0] == blocks[0] && two[1] == blocks[1]);
	atomic_fetch_add(&slab->remote, 1);
	unit_expect(hak_shared_draw(node, 30, &next, 1) == 1);
	unit_expect(next && hak_slab_of(next) != slab);
	if (next)
		give(next);
	for (i = 0; i < n; i++)
		give(blocks[i]);
	hak_shared_tidy(node);
	unit_expect(hak_window.span[0].lent == 0);
	unit_result("a count without a block is no reason to give none");
}

static void *draw_and_give(void *arg)
{
	static const unsigned int classes[] = { 2, 17, 44 };
	unsigned int me = *(unsigned int *)arg, i, n;
	uint64_t *held[HELD] = { 0 };
	void *block;

	for (i = 0; i < ROUNDS; i++) {
		n = (i * 7 + me * 3 + i / 100) % HELD;
		if (held[n]) {
			unit_expect(*held[n] == (uint64_t)held[n] + me);
			give(held[n]);
			held[n] = NULL;
			continue;
		}
		unit_need(hak_shared_draw(node, classes[i % 3], &block, 1) ==
			  1);
		held[n] = block;
		*held[n] = (uint64_t)block + me;
		if (i % 512 == 0)
			hak_shared_tidy(node);
		if (i % 64 == 0)
			hak_shared_drain(node);
	}
	for (n = 0; n < HELD; n++)
		if (held[n])
			give(held[n]);
	return NULL;
}

static void threads(void)
{
	static unsigned int number[THREADS] = { 1, 2, 3 };
	pthread_t thread[THREADS];
	int i;

	for (i = 0; i < THREADS; i++)
		unit_need(!pthread_create(&thread[i], NULL, draw_and_give,
					  &number[i]));
	for (i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	hak_shared_tidy(node);
	unit_expect(unit_stat(HAK_STAT_SMALL_OUT) ==
		    unit_stat(HAK_STAT_SMALL_IN));
	unit_expect(unit_stat(HAK_STAT_SLABS_LENT) ==
		    unit_stat(HAK_STAT_SLABS_RETURNED));
	unit_expect(hak_window.span[0].lent == 0);
	unit_result("threads that share slabs, and all of it comes home");
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(5);
	unit_open_heap();
	node = hak_nodes[0];
	every_class();
	one_slab();
	watched();
	counted_late();
	threads();
	return ksft_finished();
}
