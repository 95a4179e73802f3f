/* SPDX-License-Identifier: MIT */
/*
 * idle-threads.c - 300 threads allocate and free 2 MiB each, in turn, and sleep.
 *
 * Models  a server's pool of threads after a peak: what their caches keep.
 * Honest  sizes are 16 bytes to 64 KiB, as many bytes in each doubling; every
 *         block is written, one byte a page, and read back. idle is the RSS that
 *         was not there when all threads had started, for each thread; nothing
 *         is live. Only one thread works at a time, so that the caches of the
 *         others are idle.
 */
#include "memory.h"

#include "load.h"

#include <semaphore.h>

enum {
	BYTES = 2 << 20, /* of each thread */
	MOST = BYTES / 16,
	DOUBLINGS = 11,
	STACK = 128 << 10,
	MOST_THREADS = 32000,
};

struct block {
	void *block;
	size_t bytes;
};

static struct block *blocks; /* of the thread whose turn it is */
static long nr_ops;
static uint64_t seed;
static sem_t started, turn, done, end;

static void work(void)
{
	size_t bytes = 0;
	long nr = 0;

	while (bytes < BYTES) {
		struct block *b = &blocks[nr++];

		b->bytes = load_powerlaw(load_random(&seed), DOUBLINGS);
		b->block = load_get(b->bytes, b->bytes);
		load_touch(b->block, b->bytes);
		bytes += b->bytes;
	}
	for (long i = 0; i < nr; i++)
		load_put(blocks[i].block, blocks[i].bytes);
	nr_ops += nr;
}

static void *idler(void *unused)
{
	sem_post(&started);
	sem_wait(&turn);
	work();
	sem_post(&done);
	sem_wait(&end);
	return unused;
}

static void start_all(pthread_t *threads, long nr)
{
	pthread_attr_t attr;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	for (long i = 0; i < nr; i++) {
		if (pthread_create(&threads[i], &attr, idler, NULL))
			load_fail("no thread");
		sem_wait(&started);
	}
}

int main(int argc, char **argv)
{
	struct load_args args =
		load_parse(argc, argv, load_seconds, 300, MOST_THREADS);
	struct memory_times times = memory_times(args.text);
	long nr = load_ops(&args, args.threads);
	pthread_t *threads = load_table(nr * sizeof(*threads));
	struct memory base;
	double start, kept;

	seed = load_seed(0);
	blocks = load_table(MOST * sizeof(*blocks));
	sem_init(&started, 0, 0);
	sem_init(&turn, 0, 0);
	sem_init(&done, 0, 0);
	sem_init(&end, 0, 0);
	start_all(threads, nr);
	base = memory_now();
	start = load_cpu_ns();
	for (long i = 0; i < nr; i++) {
		sem_post(&turn);
		sem_wait(&done);
	}
	load_figure("time", (load_cpu_ns() - start) / nr_ops, "ns/op", "lower");
	kept = (memory_rollup("Rss") - base.rss) * 1024;
	load_figure("idle", kept > 0 ? kept / nr : 0, "KiB", "lower");
	memory_watch(&times, base);
	for (long i = 0; i < nr; i++)
		sem_post(&end);
	for (long i = 0; i < nr; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
