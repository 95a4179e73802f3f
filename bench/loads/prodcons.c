/* SPDX-License-Identifier: MIT */
/*
 * prodcons.c - one thread allocates 64..319 bytes, another frees.
 *
 * Models  messages and work passed down a pipeline; half of the -t threads
 *         produce, each for a consumer of its own.
 * Honest  what one writes the other reads; the queue is static, bounded, and
 *         changes hands 64 blocks at a time; waiting is in the time.
 */
#include "load.h"

#include "arch/arch.h"

#include <sched.h>
#include <stdatomic.h>

enum { ROOM = 4096, BATCH = 64 };

struct pair {
	_Alignas(2 * LOAD_LINE) _Atomic long made;
	_Alignas(2 * LOAD_LINE) _Atomic long taken;
	_Alignas(2 * LOAD_LINE) void *blocks[ROOM];
	long ops; /* a multiple of BATCH */
	uint64_t random;
	pthread_t producer;
	pthread_t consumer;
};

static struct pair pairs[LOAD_MAX_THREADS / 2];

/* until COUNT is above SEEN; returns it */
static long wait_above(_Atomic long *count, long seen)
{
	long now;

	/* pairs with the release of the other side: the slots are its no more */
	for (int spins = 0;
	     (now = atomic_load_explicit(count, memory_order_acquire)) <= seen;
	     spins++) {
		if (spins < 1000)
			arch_cpu_relax();
		else
			sched_yield();
	}
	return now;
}

static void *produce(void *arg)
{
	struct pair *p = arg;
	uint64_t random = p->random;
	long taken = 0;

	for (long n = 0; n < p->ops; n += BATCH) {
		if (n + BATCH - taken > ROOM)
			taken = wait_above(&p->taken, n + BATCH - ROOM - 1);
		for (long i = n; i < n + BATCH; i++)
			p->blocks[i % ROOM] = load_get(
				64 + load_below(load_random(&random), 256), i);
		/* pairs with consume()'s wait: the slots are filled */
		atomic_store_explicit(&p->made, n + BATCH,
				      memory_order_release);
	}
	return NULL;
}

static void *consume(void *arg)
{
	struct pair *p = arg;
	long made = 0;

	for (long n = 0; n < p->ops; n += BATCH) {
		if (made <= n)
			made = wait_above(&p->made, n);
		for (long i = n; i < n + BATCH; i++)
			load_put(p->blocks[i % ROOM], i);
		/* pairs with produce()'s wait: the slots are read */
		atomic_store_explicit(&p->taken, n + BATCH,
				      memory_order_release);
	}
	return NULL;
}

/* wall ns from the first thread's creation to the last one's end */
static double pass(int nr, long ops)
{
	double start = load_wall_ns();

	for (int i = 0; i < nr; i++) {
		pairs[i].made = 0;
		pairs[i].taken = 0;
		pairs[i].ops = ops;
		pairs[i].random = load_seed(i);
		pairs[i].consumer = load_spawn(consume, &pairs[i]);
		pairs[i].producer = load_spawn(produce, &pairs[i]);
	}
	for (int i = 0; i < nr; i++) {
		pthread_join(pairs[i].producer, NULL);
		pthread_join(pairs[i].consumer, NULL);
	}
	return load_wall_ns() - start;
}

int main(int argc, char **argv)
{
	struct load_args args =
		load_parse(argc, argv, NULL, 2, LOAD_MAX_THREADS);
	int nr = (args.threads + 1) / 2;
	long ops = (load_ops(&args, 8e6) + BATCH - 1) / BATCH * BATCH;

	pass(nr, 16 * BATCH);
	load_figure("time", pass(nr, ops) / ops, "ns/op", "lower");
	return 0;
}
