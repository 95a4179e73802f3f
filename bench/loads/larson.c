/* SPDX-License-Identifier: MIT */
/*
 * larson.c - a server's threads hand their blocks to a successor and die.
 *
 * Models  -t lanes, each of 1,000 live blocks of 16..511 bytes; a thread
 *         replaces 10,000 at random, starts the next of its lane and ends.
 * Honest  every block is written, and read by the one that frees it, often not
 *         its maker; creating a thread for 10,000 operations is in the time.
 */
#include "load.h"

#include <semaphore.h>

enum { LIVE = 1000, LIFE = 10000 };

struct lane {
	_Alignas(2 * LOAD_LINE) long successors;
	uint64_t random;
	void *blocks[LIVE];
};

static struct lane lanes[LOAD_MAX_THREADS];
static sem_t ended;

static void replace(struct lane *lane, uint64_t r)
{
	void **slot = &lane->blocks[load_below(r, LIVE)];

	load_put(*slot, (uintptr_t)slot);
	*slot = load_get(16 + load_below(r >> 32, 496), (uintptr_t)slot);
}

static void *serve(void *arg)
{
	struct lane *lane = arg;
	uint64_t random = lane->random;

	for (int i = 0; i < LIFE; i++)
		replace(lane, load_random(&random));
	lane->random = random;
	if (lane->successors-- > 0)
		pthread_detach(load_spawn(serve, lane));
	else
		sem_post(&ended);
	return NULL;
}

static void fill(struct lane *lane)
{
	for (int i = 0; i < LIVE; i++)
		lane->blocks[i] = load_get(
			16 + load_below(load_random(&lane->random), 496),
			(uintptr_t)&lane->blocks[i]);
}

static void empty(struct lane *lane)
{
	for (int i = 0; i < LIVE; i++)
		load_put(lane->blocks[i], (uintptr_t)&lane->blocks[i]);
}

/* wall ns of every lane's threads, one after the other */
static double pass(int nr, long threads)
{
	double start = load_wall_ns();

	for (int i = 0; i < nr; i++) {
		lanes[i].successors = threads - 1;
		pthread_detach(load_spawn(serve, &lanes[i]));
	}
	for (int i = 0; i < nr; i++)
		while (sem_wait(&ended))
			continue;
	return load_wall_ns() - start;
}

int main(int argc, char **argv)
{
	struct load_args args =
		load_parse(argc, argv, NULL, 2, LOAD_MAX_THREADS);
	long threads = load_ops(&args, 900);

	sem_init(&ended, 0, 0);
	for (int i = 0; i < args.threads; i++) {
		lanes[i].random = load_seed(i);
		fill(&lanes[i]);
	}
	pass(args.threads, 2);
	load_figure("time",
		    pass(args.threads, threads) / ((double)threads * LIFE),
		    "ns/op", "lower");
	for (int i = 0; i < args.threads; i++)
		empty(&lanes[i]);
	return 0;
}
