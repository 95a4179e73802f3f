/* SPDX-License-Identifier: MIT */
/*
 * inherit.c - a fork child uses again what a missing thread held, wherever the
 * thread was amid, and trusts no list of the thread's.
 */
#include "cache/inherit.h"

#include "unit/heap.h"

#include "cache/remote.h"
#include "cache/bin.h"
#include "cache/tcache.h"

#include <pthread.h>
#include <semaphore.h>

enum { BLOCKS = 300, EVERY = 3, CLASS = 19, MOST = 4096,
       OTHERS = 4 * HAK_OWN_CELLS };

static struct hak_node *node;

/* The thread that will be missing, its tcache, and the blocks that it keeps. */
static sem_t ready, done;
static struct hak_tcache *victim;
static hak_word *lent[BLOCKS / EVERY];
static hak_cell *others; /* a block of the main thread, as large as cells */

/* A block of the main thread. */
static void *mine;

static hak_word *get(struct hak_tcache *tcache)
{
	hak_word *block = hak_tcache_pop(tcache, CLASS);

	return block ? block : hak_tcache_alloc(tcache, CLASS);
}

static void give(struct hak_tcache *tcache, hak_word *block)
{
	if (hak_entry_key(hak_window_entry(block)) != tcache->key)
		hak_remote_free(tcache, block);
	else if (!hak_tcache_push(tcache, CLASS, block))
		hak_tcache_push_slow(block, CLASS, tcache);
}

static void *be_missing(void *arg)
{
	static hak_word *block[BLOCKS];
	int i;

	(void)arg;
	victim = hak_thread_tcache();
	/* Blocks that the bin refuses make the bin larger. */
	for (i = 0; i < BLOCKS; i++)
		block[i] = get(victim);
	for (i = 0; i < BLOCKS; i++)
		give(victim, block[i]);
	for (i = 0; i < BLOCKS; i++)
		block[i] = get(victim);
	for (i = 1; i < BLOCKS / 10; i += EVERY)
		hak_tcache_put(victim, block[i]);
	unit_need(victim->nr_cells[CLASS] > HAK_OWN_CELLS);
	for (i = 0; i < BLOCKS; i++) {
		if (i % EVERY == 0)
			lent[i / EVERY] = block[i];
		else if (i % EVERY > 1 || i >= BLOCKS / 10)
			give(victim, block[i]);
	}
	sem_post(&ready);
	sem_wait(&done);
	return NULL;
}

static bool is_victims(const void *block)
{
	return hak_entry_key(hak_window_entry(block)) == victim->key;
}

static bool is_free(const void *block)
{
	const struct hak_slab *slab = hak_slab_of(block);

	return hak_slab_has(slab, hak_slab_index(slab, block));
}

static bool is_lent(const void *block)
{
	int i;

	for (i = 0; i < BLOCKS / EVERY; i++)
		if (lent[i] == block)
			return true;
	return false;
}

/* A lent block of an own slab of the victim. */
static hak_word *a_lent(void)
{
	int i = BLOCKS / EVERY / 2;

	while (!is_victims(lent[i]))
		i--;
	return lent[i];
}

/* How many blocks of the victim's slabs are free, in bins or slabs? */
static unsigned int count_free(void)
{
	unsigned int count = 0;
	int i, j;

	for (i = 0; i < BLOCKS / EVERY; i++) {
		const struct hak_slab *slab = hak_slab_of(lent[i]);

		if (!is_victims(lent[i]))
			continue;
		for (j = 0; j < i && hak_slab_of(lent[j]) != slab; j++)
			;
		/* Count each slab at the first of its lent blocks. */
		count += j == i ? slab->blocks : 0;
		count--;
	}
	return count;
}

/* ---- What the victim may be amid ------------------------------------------- */

static void no_tear(void)
{
}

static void at_work(void)
{
	atomic_fetch_or(&victim->work, 1);
}

static void torn_lists(void)
{
	atomic_fetch_or(&victim->work, 1);
	victim->owner.slabs[CLASS].next = (void *)16;
	victim->owner.slabs[CLASS].prev = (void *)32;
	atomic_store(&victim->owner.queue, (void *)64);
	atomic_store(&victim->owner.called, true);
}

static void torn_slab(void)
{
	struct hak_slab *slab = hak_slab_of(a_lent());

	slab->free = 77;
	slab->used = 5000;
	slab->word = 3;
	slab->listed = !slab->listed;
	slab->link.next = (void *)16;
	atomic_store(&slab->remote, HAK_SLAB_QUEUED | 3);
}

static void torn_entries(void)
{
	const struct hak_slab *slab = hak_slab_of(a_lent());

	if (slab->units > 1)
		hak_window_set(slab->start + HAK_UNIT_BYTES, slab->units - 1U,
			       0);
}

/* Take a free block out of a slab. */
static void half_drawn(void)
{
	struct hak_slab *slab;
	unsigned int at, word;

	for (at = 0; at < BLOCKS / EVERY; at++)
		for (word = 0; is_victims(lent[at]) && word < HAK_SLAB_WORDS;
		     word++) {
			slab = hak_slab_of(lent[at]);
			if (!slab->free_map[word])
				continue;
			slab->free_map[word] &= slab->free_map[word] - 1;
			return;
		}
	unit_expect(!"no free block");
}

static void same_cells(void)
{
	victim->cells[CLASS][1] = victim->top[CLASS][-1];
}

static void wild_cell(void)
{
	victim->cells[CLASS][1] = (hak_cell)0x4141414141414141;
}

static void cell_to_nowhere(void)
{
	victim->cells[CLASS][1] =
		(hak_cell)(hak_window_base + hak_window.nodes_bytes / 2);
}

static void cell_to_another(void)
{
	victim->cells[CLASS][1] = (hak_cell)mine;
}

static void closed(void)
{
	victim->top[CLASS] = &victim->bottom + 1;
	victim->limit[CLASS] = NULL;
}

/* A block in the bin that has not the mark may be lent. */
static void unmarked(void)
{
	*(hak_word *)victim->cells[CLASS][1] = 0x4141414141414141;
}

static void wild_cells(void)
{
	victim->cells[CLASS] = (hak_cell *)0x4141414141414140;
	victim->top[CLASS] = victim->cells[CLASS] + 2;
}

static void cells_of_another(void)
{
	others[1] = victim->cells[CLASS][1];
	victim->cells[CLASS] = others;
	victim->nr_cells[CLASS] = OTHERS;
	victim->top[CLASS] = others + 2;
}

static void wild_outgoing(void)
{
	victim->outgoing[3] = (struct hak_outgoing){
		.slab = (struct hak_slab *)&victim->outgoing, .blocks = 3
	};
	victim->outgoing[4] = (struct hak_outgoing){ .slab = hak_slab_of(mine),
						     .blocks = 3,
						     .word = 99 };
}

static void outgoing(void)
{
	struct hak_slab *slab = hak_slab_of(mine);
	unsigned int index = hak_slab_index(slab, mine);

	victim->outgoing[3] = (struct hak_outgoing){
		.slab = slab,
		.blocks = 1UL << index % 64,
		.word = index / 64,
	};
}

struct tear {
	const char *name;
	void (*tear)(void);
	unsigned int lost; /* blocks, at most; ALL: those of the bin */
};

enum { ALL = MOST };

static const struct tear tears[] = {
	{ "a missing thread's blocks are used again", no_tear, 0 },
	{ "though the thread was at work", at_work, 0 },
	{ "though the thread's lists were torn", torn_lists, 0 },
	{ "though a slab's counts were torn", torn_slab, 0 },
	{ "though a slab had not all entries", torn_entries, ALL },
	{ "though a block was half drawn", half_drawn, 1 },
	{ "a block in two cells is free once", same_cells, 1 },
	{ "a wild cell stays alone", wild_cell, 1 },
	{ "a cell with a pointer to no block stays alone", cell_to_nowhere, 1 },
	{ "a cell with another's block stays alone", cell_to_another, 1 },
	{ "a block without the mark is not free", unmarked, 1 },
	{ "a bin amid a move is lost", closed, ALL },
	{ "a bin with cells nowhere is lost", wild_cells, ALL },
	{ "a bin with cells in another's block is lost", cells_of_another, ALL },
	{ "blocks on the way home to no slab stay", wild_outgoing, 0 },
	{ "blocks on the way home arrive", outgoing, 0 },
};

/* ---- In the child ---------------------------------------------------------- */

/* Draw all free blocks of the victim's slabs: each once, and none that is lent. */
static unsigned int draw_all(void)
{
	static hak_word *got[MOST];
	unsigned int n = 0, i;

	/* Own slabs from the first refill on. */
	victim->refills[CLASS] = UINT8_MAX;
	for (;;) {
		uint64_t slabs = unit_stat(HAK_STAT_SLABS_LENT);

		got[n] = get(victim);
		unit_need(got[n] && n < MOST - 1);
		if (unit_stat(HAK_STAT_SLABS_LENT) > slabs)
			return n;
		unit_expect(is_victims(got[n]) && !is_lent(got[n]));
		unit_expect(!hak_slab_has(hak_slab_of(got[n]),
					  hak_slab_index(hak_slab_of(got[n]),
							 got[n])));
		for (i = 0; i < n; i++)
			unit_expect(got[i] != got[n]);
		n++;
	}
}

static int child(void *arg)
{
	const struct tear *tear = arg;
	unsigned int least = count_free() + 1;
	unsigned int count;
	hak_word *freed = a_lent();
	hak_cell *cells = victim->cells[CLASS];

	hak_lock_reset_all();
	tear->tear();
	hak_threads_after_fork(true);
	unit_expect(hak_kin_misses());
	/* Free a block of the missing thread's slab before. */
	hak_remote_free(NULL, freed);
	for (count = 0; count < BLOCKS / EVERY; count++)
		if (lent[count] == freed)
			lent[count] = NULL;
	hak_inherit();
	unit_expect(!hak_kin_misses());
	unit_need(hak_parked_take(node, false) == victim);
	count = draw_all();
	unit_expect(count <= least);
	unit_expect(count + tear->lost >= least);
	unit_expect(hak_slab_has(hak_slab_of(mine),
				 hak_slab_index(hak_slab_of(mine), mine)) ==
		    (tear->tear == outgoing));
	unit_expect(!is_free(others));
	unit_expect(victim->cells[CLASS] != cells);
	if (!tear->lost)
		unit_expect(is_free(cells));
	if (atomic_load(&unit_wrong))
		ksft_print_msg("%u of %u", count, least);
	return atomic_load(&unit_wrong) != 0;
}

/* A fork amid hakmem's code, or without handlers: nothing is touched. */
static int frozen(void *arg)
{
	(void)arg;
	hak_lock_reset_all();
	torn_lists();
	hak_threads_after_fork(false);
	unit_expect(!hak_kin_misses());
	hak_inherit();
	unit_expect(!hak_parked_take(node, false));
	hak_remote_free(NULL, a_lent());
	give(hak_tls, get(hak_tls));
	hak_threads_tend(true, true);
	return atomic_load(&unit_wrong) != 0;
}

static void run(int (*fn)(void *), const struct tear *tear, const char *name)
{
	struct ktap_run run;

	hak_lock_take_all();
	ktap_run_fork(&run, fn, (void *)tear, 20);
	hak_lock_drop_all();
	ktap_run_result(&run, name);
}

/* For the address sanitizer: its search for leaks would miss the missing thread. */
int __lsan_is_turned_off(void);

int __lsan_is_turned_off(void)
{
	return 1;
}

int main(void)
{
	const int count = (int)(sizeof(tears) / sizeof(tears[0]));
	pthread_t thread;
	int i;

	ksft_print_header();
	ksft_set_plan((unsigned int)count + 1);
	unit_open_heap();
	node = hak_nodes[0];
	unit_need(hak_thread_tcache());
	for (i = 0; i < BLOCKS; i++)
		mine = get(hak_tls);
	others = hak_tcache_alloc(hak_tls,
				  hak_sizeclass_of(OTHERS * sizeof(*others)));
	unit_need(others);
	unit_need(!sem_init(&ready, 0, 0) && !sem_init(&done, 0, 0));
	unit_need(!pthread_create(&thread, NULL, be_missing, NULL));
	sem_wait(&ready);
	for (i = 0; i < count; i++)
		run(child, &tears[i], tears[i].name);
	run(frozen, NULL, "a fork amid hakmem's code leaves all as it was");
	sem_post(&done);
	pthread_join(thread, NULL);
	return ksft_finished();
}
