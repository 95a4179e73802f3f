/* SPDX-License-Identifier: MIT */
/*
 * mstress.c - threads come in rounds, with many sizes, and trade their blocks.
 *
 * Models  data without a home: powerlaw sizes to 64 KiB, a trade in one step of
 *         eight; the next round's threads go on with what was left.
 * Honest  every block is written, one byte a page, and read by the one that
 *         frees it; the records of what blocks hold are mapped.
 */
#include "load.h"

#include <stdatomic.h>

enum { OWN = 4000, SHARED = 1024, ROUNDS = 20, DOUBLINGS = 11 };

struct record {
	void *block; /* NULL if there is none */
	uint64_t tag;
};

struct worker {
	_Alignas(2 * LOAD_LINE) uint64_t random;
	long steps;
	struct record **own;
};

static struct worker workers[LOAD_MAX_THREADS];
static struct record *_Atomic shared[SHARED];

static void drop(struct record *rec)
{
	if (rec->block)
		load_put(rec->block, rec->tag);
	rec->block = NULL;
}

static void step(struct worker *w, uint64_t r)
{
	struct record **own = &w->own[load_below(r, OWN)];
	size_t bytes;

	/* pairs with itself in the others: given whole, and taken whole */
	if ((r >> 32 & 7) == 0)
		*own = atomic_exchange_explicit(
			&shared[load_below(r >> 32, SHARED)], *own,
			memory_order_acq_rel);
	if ((*own)->block) {
		drop(*own);
		return;
	}
	bytes = load_powerlaw(load_random(&w->random), DOUBLINGS);
	(*own)->tag = r;
	(*own)->block = load_get(bytes, r);
	load_touch((*own)->block, bytes);
}

static void *work(void *arg)
{
	struct worker *w = arg;

	for (long i = 0; i < w->steps; i++)
		step(w, load_random(&w->random));
	for (int i = 0; i < OWN; i += 2)
		drop(w->own[i]);
	return NULL;
}

static void one_round(int nr, long steps)
{
	pthread_t threads[LOAD_MAX_THREADS];

	for (int i = 0; i < nr; i++) {
		workers[i].steps = steps;
		threads[i] = load_spawn(work, &workers[i]);
	}
	for (int i = 0; i < nr; i++)
		pthread_join(threads[i], NULL);
	/* what one has left is another's now */
	for (int i = 1; i < nr; i++) {
		struct record **own = workers[i].own;

		workers[i].own = workers[0].own;
		workers[0].own = own;
	}
}

int main(int argc, char **argv)
{
	struct load_args args =
		load_parse(argc, argv, NULL, 2, LOAD_MAX_THREADS);
	long nr = (long)args.threads * OWN + SHARED;
	long steps = load_ops(&args, 12e6 / ROUNDS);
	struct record *records = load_table(nr * sizeof(*records));
	struct record **owned = load_table(nr * sizeof(*owned));
	double start;

	for (long i = 0; i < nr; i++)
		owned[i] = &records[i];
	for (int i = 0; i < args.threads; i++) {
		workers[i].random = load_seed(i);
		workers[i].own = &owned[(long)i * OWN];
	}
	for (int i = 0; i < SHARED; i++)
		shared[i] = owned[nr - SHARED + i];
	one_round(args.threads, steps);
	start = load_wall_ns();
	for (int i = 0; i < ROUNDS; i++)
		one_round(args.threads, steps);
	load_figure("time", (load_wall_ns() - start) / ((double)ROUNDS * steps),
		    "ns/op", "lower");
	for (long i = 0; i < nr; i++)
		drop(&records[i]);
	return 0;
}
