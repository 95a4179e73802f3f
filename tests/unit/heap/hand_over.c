/* SPDX-License-Identifier: MIT */
/*
 * hand_over.c - a superslab goes to another node: its later slabs are that one's,
 * what comes back finds it there, empty it is its span's; also under load.
 */
#include "reclaim/decommit.h"
#include "heap/handover.h"
#include "heap/node.h"

#include "unit/heap.h"

#include <pthread.h>

enum { CLASS = 8, SLABS = 40, ROUNDS = 4000, THREADS = 3 };

static struct hak_owner owners[2];

static struct hak_superslab *superslab_of(const void *pointer)
{
	struct hak_span *span = hak_window_span(pointer);

	return &span->superslab[(size_t)((const char *)pointer - span->base) >>
				HAK_SUPERSLAB_SHIFT];
}

static uint32_t index_of(const void *pointer)
{
	return (uint32_t)(superslab_of(pointer) -
			  hak_window_span(pointer)->superslab);
}

static bool hand_over(const void *pointer, unsigned to)
{
	return hak_handover(hak_window_span(pointer), index_of(pointer),
				  to) != HAK_NODELESS;
}

static void whole(void)
{
	struct hak_slab *first, *second, *third;
	uint32_t misplaced = hak_window.span[0].misplaced;

	first = hak_node_lend(hak_nodes[0], &owners[0], CLASS, 1);
	unit_need(first);
	unit_expect(hand_over(first->start, 1));
	unit_expect(!hand_over(first->start, 1)); /* it is there */
	unit_expect(hak_node_of(first->start) == hak_nodes[1]);
	unit_expect(superslab_of(first->start)->handed_over);
	second = hak_node_lend(hak_nodes[1], &owners[1], CLASS, 1);
	unit_expect(superslab_of(second->start) == superslab_of(first->start));
	third = hak_node_lend(hak_nodes[0], &owners[0], CLASS, 1);
	unit_expect(superslab_of(third->start) != superslab_of(first->start));
	/* Its first owner's slab comes back while it is the other node's. */
	hak_node_return(first);
	unit_expect(hak_node_of(second->start) == hak_nodes[1]);
	first = hak_node_lend(hak_nodes[1], &owners[1], CLASS, 1);
	unit_expect(superslab_of(first->start) == superslab_of(second->start));
	hak_node_return(first);
	hak_node_return(second);
	unit_expect(superslab_of(second->start)->state ==
		    HAK_SUPERSLAB_EMPTY);
	unit_expect(superslab_of(second->start)->misplaced);
	unit_expect(hak_window.span[0].misplaced == misplaced + 1);
	/* As if it had been brought home. */
	superslab_of(second->start)->misplaced = false;
	hak_window.span[0].misplaced = 0;
	hak_node_return(third);
	unit_result("its later slabs are the other's, empty it comes home");
}

static void back(void)
{
	struct hak_slab *slab = hak_node_lend(hak_nodes[0], &owners[0], CLASS, 1);

	unit_expect(hand_over(slab->start, 1));
	unit_expect(superslab_of(slab->start)->handed_over);
	unit_expect(hand_over(slab->start, 0));
	unit_expect(!superslab_of(slab->start)->handed_over);
	hak_node_return(slab);
	unit_expect(!superslab_of(slab->start)->misplaced);
	unit_result("back on its own node it is at home");
}

static void refused(void)
{
	struct hak_units got;
	void *block = NULL;

	unit_expect(hak_shared_draw(hak_nodes[0], CLASS, &block, 1) == 1);
	unit_expect(!hand_over(block, 1));
	unit_expect(hak_node_of(block) == hak_nodes[0]);
	unit_result("one with shared slabs stays");

	hak_lock_take(&hak_nodes[1]->lock);
	unit_need(hak_node_take_locked(hak_nodes[1], HAK_UNITS, 1, &got));
	hak_lock_drop(&hak_nodes[1]->lock);
	superslab_of(got.address)->misplaced = true;
	unit_expect(!hand_over(got.address, 0));
	superslab_of(got.address)->misplaced = false;
	unit_expect(hand_over(got.address, 0));
	unit_expect(hak_node_lock_of(got.address) == hak_nodes[0]);
	hak_lock_adopt(&hak_nodes[0]->lock);
	hak_node_give_locked(hak_nodes[0], got.address, HAK_UNITS);
	hak_lock_drop(&hak_nodes[0]->lock);
	unit_expect(!hand_over(got.address, 1)); /* nobody's */
	unit_result("nor one that strayed, nor one that is nobody's");
}

/* ---- Under load ---------------------------------------------------------- */

static _Atomic bool over;

static void *churn(void *arg)
{
	struct hak_owner *owner = arg;
	struct hak_slab *slab[SLABS] = { NULL };
	uint64_t random = (uintptr_t)arg;
	unsigned i, k;

	for (i = 0; i < ROUNDS; i++) {
		random = random * 6364136223846793005UL + 1;
		k = (unsigned)(random >> 40) % SLABS;
		if (slab[k]) {
			unit_expect(*(uint64_t *)slab[k]->start ==
				    (uintptr_t)owner + k);
			hak_node_return(slab[k]);
		}
		slab[k] = hak_node_lend(hak_nodes[owner->node], owner, CLASS, 1);
		unit_need(slab[k]);
		*(uint64_t *)slab[k]->start = (uintptr_t)owner + k;
	}
	for (k = 0; k < SLABS; k++)
		if (slab[k])
			hak_node_return(slab[k]);
	return NULL;
}

static void *move(void *unused)
{
	struct hak_span *span;
	unsigned i = 0;
	uint32_t mapped;

	(void)unused;
	while (!over) {
		span = &hak_window.span[i % 2];
		hak_lock_take(&span->lock);
		mapped = span->mapped;
		hak_lock_drop(&span->lock);
		if (mapped)
			hak_handover(span, i / 2 % mapped,
					   i / 8 % 2);
		i++;
	}
	return NULL;
}

static void loaded(void)
{
	static struct hak_owner many[THREADS];
	pthread_t thread[THREADS], mover;
	unsigned i;

	for (i = 0; i < THREADS; i++) {
		many[i].key = hak_owner_key();
		many[i].node = (uint16_t)(i % 2);
		unit_need(!pthread_create(&thread[i], NULL, churn, &many[i]));
	}
	unit_need(!pthread_create(&mover, NULL, move, NULL));
	for (i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	over = true;
	pthread_join(mover, NULL);
	/* But for the one with the shared slab. */
	unit_expect(hak_window.span[0].lent + hak_window.span[1].lent == 1);
	unit_expect(hak_stat_sum(HAK_STAT_SLABS_LENT) ==
		    hak_stat_sum(HAK_STAT_SLABS_RETURNED) + 1);
	unit_result("slabs come and go while superslabs change hands");
}

int main(void)
{
	unsigned i;

	ksft_print_header();
	ksft_set_plan(5);
	unit_open_window(2);
	unit_need(hak_nodes_open(2));
	for (i = 0; i < 2; i++) {
		owners[i].key = hak_owner_key();
		owners[i].node = (uint16_t)i;
	}
	whole();
	back();
	refused();
	loaded();
	ksft_finished();
}
