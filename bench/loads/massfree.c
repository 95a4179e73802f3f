/* SPDX-License-Identifier: MIT */
/*
 * massfree.c - each thread makes 800,000 blocks of 16..200 bytes and frees all.
 *
 * Models  the end of a compilation, a query or a document: the last made first
 *         (lifo), every fifth and then the fifths between (fifo), at random, or
 *         by the next thread (remote).
 * Honest  every block is written, and read by the thread that frees it. A first
 *         round, before the clock, touches the memory. time is that of a malloc
 *         and a free, free that of a free alone.
 */
#include "load.h"

enum { BLOCKS = 800000, ROUNDS = 3, LEAST = 16, SPAN = 185, FIFTHS = 5 };

enum order { LIFO, FIFO, RANDOM, REMOTE };

static const char *const variants[] = { "lifo", "fifo", "random", "remote",
					NULL };

/* What a thread makes, and the order in which its blocks are freed. */
struct pile {
	void **blocks;
	uint32_t *at;
	double free_ns; /* of all frees of the thread */
};

static struct pile piles[LOAD_MAX_THREADS];
static pthread_barrier_t all_made;
static long nr_blocks, nr_rounds;

static void fill_order(uint32_t *at, enum order order, uint64_t *random)
{
	long n = 0;

	for (long i = 0; i < nr_blocks; i++)
		at[i] = order == LIFO ? nr_blocks - 1 - i : i;
	for (long first = 0; order == FIFO && first < FIFTHS; first++)
		for (long i = first; i < nr_blocks; i += FIFTHS)
			at[n++] = i;
	for (long i = nr_blocks - 1; order == RANDOM && i > 0; i--) {
		long j = load_below(load_random(random), i + 1);
		uint32_t t = at[i];

		at[i] = at[j];
		at[j] = t;
	}
}

static void make_all(struct pile *pile, uint64_t *random)
{
	for (long i = 0; i < nr_blocks; i++)
		pile->blocks[i] =
			load_get(LEAST + load_below(load_random(random), SPAN),
				 (uintptr_t)&pile->blocks[i]);
}

static void free_all(const struct pile *pile)
{
	for (long i = 0; i < nr_blocks; i++) {
		void **slot = &pile->blocks[pile->at[i]];

		load_put(*slot, (uintptr_t)slot);
	}
}

static void rounds(struct load_thread *self, long nr)
{
	enum order order = self->args->variant;
	struct pile *own = &piles[self->index];
	struct pile *freed = own;
	double start;

	if (order == REMOTE)
		freed = &piles[(self->index + 1) % self->args->threads];
	own->free_ns = 0;
	for (long i = 0; i < nr; i++) {
		make_all(own, &self->random);
		if (order == REMOTE)
			pthread_barrier_wait(&all_made);
		start = load_wall_ns();
		free_all(freed);
		own->free_ns += load_wall_ns() - start;
		if (order == REMOTE)
			pthread_barrier_wait(&all_made);
	}
}

static void work(struct load_thread *self)
{
	struct pile *own = &piles[self->index];

	own->blocks = load_table(nr_blocks * sizeof(*own->blocks));
	own->at = load_table(nr_blocks * sizeof(*own->at));
	fill_order(own->at, self->args->variant, &self->random);
	rounds(self, 1);
	load_begin(self);
	rounds(self, nr_rounds);
	load_end(self, nr_rounds * nr_blocks);
}

int main(int argc, char **argv)
{
	struct load_args args =
		load_parse(argc, argv, variants, 2, LOAD_MAX_THREADS);
	long ops = load_ops(&args, (double)ROUNDS * BLOCKS);
	double free_ns = 0;

	nr_blocks = ops < BLOCKS ? ops : BLOCKS;
	nr_rounds = ops / nr_blocks;
	pthread_barrier_init(&all_made, NULL, args.threads);
	load_run(&args, work);
	for (int i = 0; i < args.threads; i++)
		free_ns += piles[i].free_ns / args.threads;
	load_figure("free", free_ns / ((double)nr_rounds * nr_blocks), "ns/op",
		    "lower");
	return 0;
}
