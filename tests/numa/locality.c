/* SPDX-License-Identifier: MIT */
/*
 * locality.c - threads on every node that trade blocks, move to other nodes and
 * die: how much of what is live lies on the node of the thread that allocated
 * it, and how much of what others freed is used again on its own node.
 *
 * Each thread replaces blocks of a ring at random and frees half of them on the
 * next node. With -p the figures of whatever malloc there is are only printed.
 * Topologies: two four gap far memory-only
 */
#include <numa.h>
#include <pthread.h>
#include <stdatomic.h>

#include "numa/pages.h"

#define THREADS_MAX 16
#define RING	    4000
#define TURNS	    (12 * RING)
#define MAIL	    512
#define SEEN	    65536

struct block {
	char *start;
	uint32_t bytes;
	int node; /* of who allocated it */
};

struct worker {
	pthread_t thread;
	int index, node;
	bool settled; /* it has been on the node long enough to count */
	uint64_t random;
	struct block ring[RING];
	/* What the worker before this one wants freed. */
	_Atomic(char *) mail[MAIL];
};

static struct worker workers[THREADS_MAX];
static int nr_workers, node_list[THREADS_MAX];

/* Blocks freed on another node than theirs: address, and node in its low bits. */
static _Atomic uintptr_t seen[SEEN];
static _Atomic long home, strayed;

static uint64_t draw(struct worker *w)
{
	w->random = w->random * 6364136223846793005UL + 1442695040888963407UL;
	return w->random >> 33;
}

static _Atomic uintptr_t *seen_at(uintptr_t address)
{
	return &seen[(address >> 4) * 0x9e3779b97f4a7c15UL >> 48];
}

static void allocate(struct worker *w, struct block *block)
{
	_Atomic uintptr_t *at;
	uintptr_t was;

	block->bytes = 16 + (uint32_t)(draw(w) % 1009);
	block->node = w->node;
	block->start = malloc(block->bytes);
	if (!block->start)
		ksft_exit_fail_msg("no memory");
	memset(block->start, 1, block->bytes);
	at = seen_at((uintptr_t)block->start);
	was = atomic_load(at);
	if (!w->settled || was >> 4 != (uintptr_t)block->start >> 4)
		return;
	atomic_store(at, 0);
	atomic_fetch_add((int)(was & 15) == (w->node & 15) ? &home : &strayed,
			 1);
}

static void release(struct worker *w, struct block *block)
{
	struct worker *next = &workers[(w->index + 1) % nr_workers];
	_Atomic(char *) *mail = &next->mail[draw(w) % MAIL];

	if (draw(w) & 1) {
		free(block->start);
		return;
	}
	atomic_store(seen_at((uintptr_t)block->start),
		     ((uintptr_t)block->start & ~(uintptr_t)15) |
			     (uintptr_t)(block->node & 15));
	free(atomic_exchange(mail, block->start));
}

static void replace(struct worker *w, long turns)
{
	while (turns--) {
		struct block *block = &w->ring[draw(w) % RING];

		if (block->start)
			release(w, block);
		allocate(w, block);
		free(atomic_exchange(&w->mail[draw(w) % MAIL], NULL));
	}
}

static void run_on(struct worker *w, int node)
{
	w->node = node;
	if (numa_run_on_node(node))
		ksft_exit_fail_msg("cannot run on node %d", node);
}

static void *churn(void *arg)
{
	struct worker *w = arg;

	run_on(w, w->node);
	w->settled = true;
	replace(w, TURNS);
	return NULL;
}

/* The same thread goes on, on the next node. */
static void *migrate(void *arg)
{
	struct worker *w = arg;

	run_on(w, w->node);
	replace(w, TURNS / 4);
	/* What its bins still have is of the old node, which is no stray. */
	w->settled = false;
	run_on(w, node_list[(w->index + 1) % nr_workers]);
	replace(w, TURNS / 4);
	w->settled = true;
	replace(w, TURNS);
	return NULL;
}

static void all(void *(*phase)(void *))
{
	for (int i = 0; i < nr_workers; i++)
		if (pthread_create(&workers[i].thread, NULL, phase,
				   &workers[i]))
			ksft_exit_fail_msg("pthread_create");
	for (int i = 0; i < nr_workers; i++)
		pthread_join(workers[i].thread, NULL);
}

/* Percent of the live bytes whose page is on their allocator's node. */
static double local_share(void)
{
	double bytes = 0, local = 0;

	for (int i = 0; i < nr_workers; i++) {
		for (int j = 0; j < RING; j++) {
			struct block *block = &workers[i].ring[j];
			void *page = block->start;
			int status = -1;

			if (!page)
				continue;
			move_pages(0, 1, &page, NULL, &status, 0);
			bytes += block->bytes;
			if (status == block->node)
				local += block->bytes;
		}
	}
	return bytes ? 100 * local / bytes : 0;
}

int main(int argc, char **argv)
{
	double steady, moved, inherited, came;
	bool only_print = argc > 1 && !strcmp(argv[1], "-p");

	if (!only_print)
		ktap_preload(argv);
	for (int node = 0; node <= numa_max_node(); node++) {
		struct bitmask *cpus = numa_allocate_cpumask();

		if (!numa_node_to_cpus(node, cpus) &&
		    numa_bitmask_weight(cpus) && nr_workers < THREADS_MAX)
			node_list[nr_workers++] = node;
		numa_free_cpumask(cpus);
	}
	for (int i = 0; i < nr_workers; i++) {
		workers[i].index = i;
		workers[i].node = node_list[i];
		workers[i].random = (uint64_t)i + 1;
	}
	all(churn);
	steady = local_share();
	all(migrate);
	moved = local_share();
	/* Successors, born on other nodes than who left them the ring. */
	for (int i = 0; i < nr_workers; i++)
		workers[i].node = node_list[(i + 2) % nr_workers];
	all(churn);
	inherited = local_share();
	came = 100.0 * (double)home / (double)(home + strayed + !home);
	if (only_print) {
		printf("%.2f %.2f %.2f %.2f\n", steady, moved, inherited, came);
		return 0;
	}
	ksft_print_header();
	ksft_set_plan(4);
	ksft_print_msg("local: %.2f %%, moved %.2f %%, inherited %.2f %%; came "
		       "home %.2f %%",
		       steady, moved, inherited, came);
	ksft_test_result(steady >= 99, "live bytes on their thread's node");
	ksft_test_result(moved >= 99, "the same after threads have moved");
	ksft_test_result(inherited >= 99, "the same with successors elsewhere");
	ksft_test_result(came >= 99, "freed elsewhere, used again at home");
	return ksft_finished();
}
