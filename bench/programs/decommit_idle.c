/* SPDX-License-Identifier: MIT */
/*
 * decommit_idle.c - what stays resident after much was freed, when nothing more is asked.
 *
 * Run     decommit_idle [-m MIB] [-t THREADS] [-s SECONDS] [fifo|random]
 * Honest  each thread fills its share with 100-byte blocks and one part in 16
 *         more, which stays; then it frees its share, and no thread calls the
 *         allocator again. at_T is RSS T s later, over that of before.
 */
#include "bench/loads/load.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { BLOCK = 100, STAYS = 16, THREADS_MAX = 64, EACH_MS = 100 };

static struct load_args args = { 1, 1, 0, NULL };
static long mib = 1024, samples = 140;
static int shuffle;

static long nr, nr_stay; /* blocks of each thread */
static void **tables[THREADS_MAX];
static double base, *resident;
static pthread_barrier_t all_freed;

/* at what time it is sampled, not how long it takes: that adds up to nothing */
static void sleep_until(double ns)
{
	struct timespec at = { (time_t)(ns / 1e9), 0 };

	at.tv_nsec = (long)(ns - at.tv_sec * 1e9);
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
}

static void sample(void)
{
	double begin = load_wall_ns();

	for (long i = 0; i <= samples; i++) {
		sleep_until(begin + i * EACH_MS * 1e6);
		resident[i] = load_resident() - base;
	}
}

/* Their stamps are all the same, so that they may change places. */
static void mix(void **blocks, uint64_t *random)
{
	for (long i = nr - 1; i > 0; i--) {
		long j = load_below(load_random(random) >> 32, i + 1);
		void *block = blocks[i];

		blocks[i] = blocks[j];
		blocks[j] = block;
	}
}

static void work(struct load_thread *self)
{
	void **stay = tables[self->index], **blocks = stay + nr_stay;

	for (long i = 0; i < nr_stay + nr; i++)
		stay[i] = load_get(BLOCK, self->index);
	if (shuffle)
		mix(blocks, &self->random);
	load_begin(self);
	for (long i = 0; i < nr; i++)
		load_put(blocks[i], self->index);
	load_end(self, nr);
	pthread_barrier_wait(&all_freed);
	if (self->index == 0)
		sample();
	pthread_barrier_wait(&all_freed);
	for (long i = 0; i < nr_stay; i++)
		load_check(stay[i], self->index);
}

static void parse(int argc, char **argv)
{
	int opt, bad = 0;

	while ((opt = getopt(argc, argv, "m:t:s:")) != -1) {
		if (opt == 'm')
			mib = atol(optarg);
		else if (opt == 't')
			args.threads = atoi(optarg);
		else if (opt == 's')
			samples = (long)(atof(optarg) * 1000 / EACH_MS);
		else
			bad = 1;
	}
	if (optind == argc - 1) {
		shuffle = !strcmp(argv[optind], "random");
		bad |= !shuffle && strcmp(argv[optind], "fifo") != 0;
	}
	if (bad || optind < argc - 1 || mib < 1 || mib > 1 << 20 ||
	    args.threads < 1 || args.threads > THREADS_MAX || samples < 0 ||
	    samples > 1000000) {
		fprintf(stderr, "usage: decommit_idle [-m MIB] [-t THREADS] "
				"[-s SECONDS] [fifo|random]\n");
		exit(2);
	}
}

int main(int argc, char **argv)
{
	char name[32];

	parse(argc, argv);
	nr = (mib << 20) / BLOCK / args.threads;
	nr_stay = nr / STAYS;
	for (int i = 0; i < args.threads; i++)
		tables[i] = load_table((nr_stay + nr) * sizeof(void *));
	resident = load_table((samples + 1) * sizeof(*resident));
	pthread_barrier_init(&all_freed, NULL, args.threads);
	base = load_resident();
	load_run(&args, work);
	load_figure("live", (double)nr_stay * args.threads * BLOCK / (1 << 20),
		    "MiB", "lower");
	for (long i = 0; i <= samples; i++) {
		snprintf(name, sizeof(name), "at_%.1f", i * EACH_MS / 1e3);
		load_figure(name, resident[i], "MiB", "lower");
	}
	return 0;
}
