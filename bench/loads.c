/* SPDX-License-Identifier: MIT */
/*
 * loads.c - small allocation loads, one function each, for bench/pairs.
 *
 * Run     loads NAME      prints nanoseconds per operation
 *         loads           lists the names and what each one models
 * Clock   CPU time where one thread works, wall time where two do.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BATCH 1000
#define RING 4096

static uint64_t rng_state = 0x9e3779b97f4a7c15u;

static inline uint64_t rnd(void)
{
	rng_state ^= rng_state << 13;
	rng_state ^= rng_state >> 7;
	rng_state ^= rng_state << 17;
	return rng_state;
}

static inline void *get(size_t bytes)
{
	char *block = malloc(bytes);

	if (!block)
		abort();
	*(volatile char *)block = 1;
	return block;
}

static double now_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1e9 + ts.tv_nsec;
}

static inline void ring_step(void **slots, size_t nr)
{
	uint64_t r = rnd();
	size_t i = (uint32_t)r % nr;

	free(slots[i]);
	slots[i] = get(16 + (r >> 32) % 1009);
}

/* random slot: free, allocate 16..1024, touch: a live heap of NR blocks */
static double randmix(long nr, long ops)
{
	void **slots = calloc(nr, sizeof(*slots));
	double start;

	for (long i = 0; i < nr; i++)
		slots[i] = get(16 + rnd() % 1009);
	for (long i = 0; i < nr; i++)
		ring_step(slots, nr);
	start = now_ns(CLOCK_PROCESS_CPUTIME_ID);
	for (long i = 0; i < ops; i++)
		ring_step(slots, nr);
	return (now_ns(CLOCK_PROCESS_CPUTIME_ID) - start) / ops;
}

/* NR blocks of 16..1024 made and touched once: start-up of a big program */
static double fill(long nr, long ops)
{
	void **slots = calloc(nr, sizeof(*slots));
	double start = now_ns(CLOCK_PROCESS_CPUTIME_ID);

	for (long i = 0; i < ops; i++)
		slots[i] = get(16 + rnd() % 1009);
	return (now_ns(CLOCK_PROCESS_CPUTIME_ID) - start) / ops;
}

/* malloc and free of one size at once: temporary strings, iterators */
static double churn(long bytes, long ops)
{
	double start = now_ns(CLOCK_PROCESS_CPUTIME_ID);

	for (long i = 0; i < ops; i++)
		free(get(bytes));
	return (now_ns(CLOCK_PROCESS_CPUTIME_ID) - start) / ops;
}

/* realloc in small steps to NR bytes: strings and vectors being appended to */
static double append(long nr, long ops)
{
	double start = now_ns(CLOCK_PROCESS_CPUTIME_ID);
	long done = 0;

	while (done < ops) {
		char *buf = NULL;

		for (long len = 8; len <= nr; len += len / 2, done++) {
			buf = realloc(buf, len);
			buf[len - 1] = 1;
		}
		free(buf);
	}
	return (now_ns(CLOCK_PROCESS_CPUTIME_ID) - start) / done;
}

enum order { LIFO, FIFO, RANDOM };

/* 1,000 blocks of 32 made, then all freed: a request's or a tree's life */
static double batch(long order, long ops)
{
	static void *block[BATCH];
	static uint16_t at[BATCH];
	double start;

	for (int i = 0; i < BATCH; i++)
		at[i] = order == LIFO ? BATCH - 1 - i : i;
	for (int i = BATCH - 1; order == RANDOM && i > 0; i--) {
		int j = rnd() % (i + 1);
		uint16_t t = at[i];

		at[i] = at[j];
		at[j] = t;
	}
	start = now_ns(CLOCK_PROCESS_CPUTIME_ID);
	for (long n = 0; n < ops; n += BATCH) {
		for (int i = 0; i < BATCH; i++)
			block[i] = get(32);
		for (int i = 0; i < BATCH; i++)
			free(block[at[i]]);
	}
	return (now_ns(CLOCK_PROCESS_CPUTIME_ID) - start) / ops;
}

static void *_Atomic pipe_ring[RING];

static void *consumer(void *arg)
{
	long ops = *(long *)arg;

	for (long i = 0; i < ops; i++) {
		void *_Atomic *slot = &pipe_ring[i % RING];
		void *block;

		while (!(block = atomic_load_explicit(slot,
					memory_order_acquire)))
			sched_yield();
		atomic_store_explicit(slot, NULL, memory_order_relaxed);
		free(block);
	}
	return NULL;
}

/* one thread allocates 64..319, another frees: message passing */
static double prodcons(long unused, long ops)
{
	double start = now_ns(CLOCK_MONOTONIC);
	pthread_t thread;

	(void)unused;
	if (pthread_create(&thread, NULL, consumer, &ops))
		abort();
	for (long i = 0; i < ops; i++) {
		void *_Atomic *slot = &pipe_ring[i % RING];
		void *block = get(64 + rnd() % 256);

		while (atomic_load_explicit(slot, memory_order_relaxed))
			sched_yield();
		atomic_store_explicit(slot, block, memory_order_release);
	}
	pthread_join(thread, NULL);
	return (now_ns(CLOCK_MONOTONIC) - start) / ops;
}

struct load {
	const char *name;
	double (*run)(long arg, long ops);
	long arg;
	long ops;
	const char *models;
};

static const struct load loads[] = {
	{ "ring256", randmix, 256, 8000000, "random mix, lives in L1/L2" },
	{ "ring8k", randmix, 8192, 6000000, "random mix, 4 MiB live" },
	{ "ring400k", randmix, 400000, 1500000, "random mix, 208 MB live" },
	{ "fill400k", fill, 400000, 400000, "first touch, 208 MB: mostly the machine" },
	{ "churn64", churn, 64, 20000000, "one small block at a time" },
	{ "churn16k", churn, 16384, 8000000, "one 16 KiB block at a time" },
	{ "churn1m", churn, 1 << 20, 3000000, "one 1 MiB block at a time" },
	{ "append", append, 100000, 20000000, "buffers grown by realloc" },
	{ "batch_lifo", batch, LIFO, 12000000, "freed last first" },
	{ "batch_fifo", batch, FIFO, 12000000, "freed first first" },
	{ "batch_rand", batch, RANDOM, 12000000, "freed in random order" },
	{ "prodcons", prodcons, 0, 2000000, "freed by another thread" },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; i < sizeof(loads) / sizeof(*loads); i++) {
		const struct load *l = &loads[i];

		if (argc < 2) {
			printf("%s\t%s\n", l->name, l->models);
		} else if (!strcmp(argv[1], l->name)) {
			printf("%.3f\n", l->run(l->arg, l->ops));
			return 0;
		}
	}
	return argc < 2 ? 0 : 2;
}
