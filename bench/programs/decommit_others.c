/* SPDX-License-Identifier: MIT */
/*
 * decommit_others.c - the threads that allocate while decommit.c frees.
 *
 * Owns    the threads, their blocks, the histograms of their waits.
 */
#include "decommit.h"

#include "bench/loads/histogram.h"
#include "bench/loads/load.h"

#include "arch/arch.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum {
	LIVE = 1024, /* blocks of each thread */
};

struct waits {
	uint64_t max;
	uint64_t count[HISTOGRAM_BUCKETS];
};

static struct other {
	_Alignas(2 * LOAD_LINE) pthread_t thread;
	pid_t tid;
	uint64_t random;
	struct waits waits[NR_PHASES];
} others[OTHERS_MAX];

static int nr_others;
static _Atomic int ready;

_Atomic int others_phase;

static void *other(void *arg)
{
	struct other *self = arg;
	void **ring = load_table(LIVE * sizeof(*ring));
	uint64_t random = self->random, turns = 0, r, begin, ticks;
	void **slot;
	int now;

	self->tid = gettid();
	while ((now = atomic_load_explicit(&others_phase,
					   memory_order_relaxed)) != END) {
		r = load_random(&random);
		slot = &ring[load_below(r, LIVE)];
		if (*slot)
			load_put(*slot, (uintptr_t)slot);
		begin = arch_ticks();
		*slot = malloc(16 + load_below(r >> 32, 1009));
		ticks = arch_ticks() - begin;
		load_stamp(*slot, (uintptr_t)slot);
		self->waits[now].count[histogram_bucket(ticks)]++;
		if (ticks > self->waits[now].max)
			self->waits[now].max = ticks;
		if (++turns == 32 * LIVE)
			ready++;
	}
	return NULL;
}

void others_start(int nr)
{
	struct timespec poll = { 0, 1000000 };

	nr_others = nr;
	for (int i = 0; i < nr_others; i++) {
		others[i].random = load_seed(i);
		others[i].thread = load_spawn(other, &others[i]);
	}
	while (ready < nr_others)
		nanosleep(&poll, NULL);
}

void others_end(void)
{
	others_phase = END;
	for (int i = 0; i < nr_others; i++)
		pthread_join(others[i].thread, NULL);
}

/* Adds the waits of all threads to those of the first thread. */
static const struct waits *waits_of(enum others_phase which, double *ret_total)
{
	struct waits *all = &others[0].waits[which];

	for (int i = 1; i < nr_others; i++) {
		const struct waits *from = &others[i].waits[which];

		all->max = from->max > all->max ? from->max : all->max;
		for (int j = 0; j < HISTOGRAM_BUCKETS; j++)
			all->count[j] += from->count[j];
	}
	*ret_total = 0;
	for (int j = 0; j < HISTOGRAM_BUCKETS; j++)
		*ret_total += all->count[j];
	return all;
}

void others_report(enum others_phase which, const char *prefix,
		   double ticks_per_us)
{
	const struct waits *waits;
	char name[64];
	double total;

	waits = waits_of(which, &total);
	if (!total)
		return;
	snprintf(name, sizeof(name), "%s_p99.9", prefix);
	load_figure(name,
		    histogram_quantile(waits->count, total, .999) /
			    ticks_per_us,
		    "us", "lower");
	snprintf(name, sizeof(name), "%s_max", prefix);
	load_figure(name, waits->max / ticks_per_us, "us", "lower");
}

int others_have(pid_t tid)
{
	int i = 0;

	while (i < nr_others && others[i].tid != tid)
		i++;
	return i < nr_others;
}
