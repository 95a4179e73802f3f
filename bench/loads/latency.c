/* SPDX-License-Identifier: MIT */
/*
 * latency.c - how long each single malloc and free takes, in cycles.
 *
 * Models  what a request waits for: the randmix load, 8,192 blocks of 16..1024
 *         bytes, the counter read around every call; -t 2: a ring each.
 * Honest  nothing is subtracted: none is the reads with nothing between; what
 *         the three forms of max are worth is told at struct series.
 */
#include "histogram.h"
#include "load.h"

#include "arch/arch.h"

#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	LIVE = 8192,
	RUNS = 3,
	GROUP = 64,
};

enum what { MALLOC, FREE, NONE, NR_WHATS };

static const char *const names[] = { "malloc", "free", "none" };

/*
 * A call takes as long as it was interrupted, so that max is the machine's.
 * max_undisturbed leaves out the groups of 64 steps in which the thread was
 * descheduled against its will (ru_nivcsw); interrupts, and what the host of a
 * virtual machine takes, stay in it. max_repeated has neither: the load runs
 * three times, each in a new process from the same state with the same
 * requests; the least of the three counts for each call, and it is the longest
 * of these. What an allocator does by the clock may be lost in it.
 */
struct series {
	uint64_t max;
	uint64_t group_max; /* in the group that goes on */
	uint64_t undisturbed_max;
	uint64_t count[HISTOGRAM_BUCKETS];
	uint32_t *least; /* of each call over the runs */
};

struct samples {
	_Alignas(2 * LOAD_LINE) struct series of[NR_WHATS];
	long steps;
	long groups;
	long disturbed;
};

static struct samples *samples; /* of each thread, for all runs */
static struct load_args args;
static long groups;
static int run;

static inline void add(struct series *s, long at, uint64_t ticks)
{
	uint32_t capped = ticks < UINT32_MAX ? ticks : UINT32_MAX;

	s->count[histogram_bucket(ticks)]++;
	if (ticks > s->group_max)
		s->group_max = ticks;
	if (run == 0 || capped < s->least[at])
		s->least[at] = capped;
}

static inline void replace(void **ring, uint64_t *random)
{
	uint64_t r = load_random(random);
	void **slot = &ring[load_below(r, LIVE)];

	load_put(*slot, (uintptr_t)slot);
	*slot = load_get(16 + load_below(r >> 32, 1009), (uintptr_t)slot);
}

/* the same, with the counter read between */
static inline void step(struct samples *to, void **ring, uint64_t *random)
{
	uint64_t r = load_random(random), t0, t1, t2, t3;
	void **slot = &ring[load_below(r, LIVE)];
	size_t bytes = 16 + load_below(r >> 32, 1009);

	load_check(*slot, (uintptr_t)slot);
	t0 = arch_ticks();
	free(*slot);
	t1 = arch_ticks();
	*slot = malloc(bytes);
	t2 = arch_ticks();
	t3 = arch_ticks();
	load_stamp(*slot, (uintptr_t)slot);
	add(&to->of[FREE], to->steps, t1 - t0);
	add(&to->of[MALLOC], to->steps, t2 - t1);
	add(&to->of[NONE], to->steps, t3 - t2);
	to->steps++;
}

static long involuntary(void)
{
	struct rusage u;

	getrusage(RUSAGE_THREAD, &u);
	return u.ru_nivcsw;
}

static void end_group(struct samples *to, int disturbed)
{
	to->groups++;
	to->disturbed += disturbed;
	for (int i = 0; i < NR_WHATS; i++) {
		struct series *s = &to->of[i];

		if (s->group_max > s->max)
			s->max = s->group_max;
		if (!disturbed && s->group_max > s->undisturbed_max)
			s->undisturbed_max = s->group_max;
		s->group_max = 0;
	}
}

static void measure(struct samples *to, void **ring, uint64_t *random)
{
	long before = involuntary(), now;

	for (long i = 0; i < groups; i++, before = now) {
		for (int j = 0; j < GROUP; j++)
			step(to, ring, random);
		now = involuntary();
		end_group(to, now != before);
	}
}

static void work(struct load_thread *self)
{
	struct samples *mine = &samples[self->index];
	void **ring = load_table(LIVE * sizeof(*ring));
	uint64_t random = self->random;

	mine->steps = 0;
	for (int i = 0; i < LIVE; i++)
		ring[i] = load_get(16 + load_below(load_random(&random), 1009),
				   (uintptr_t)&ring[i]);
	for (int i = 0; i < 2 * LIVE; i++)
		replace(ring, &random);
	load_begin(self);
	measure(mine, ring, &random);
	load_end(self, groups * GROUP);
	for (int i = 0; i < LIVE; i++)
		load_put(ring[i], (uintptr_t)&ring[i]);
}

/* The children of this process write to it. */
static void *shared_table(size_t bytes)
{
	void *table = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (table == MAP_FAILED)
		load_fail("no memory for its samples");
	return table;
}

static void prepare(void)
{
	samples = shared_table(args.threads * sizeof(*samples));
	for (int i = 0; i < args.threads; i++)
		for (int j = 0; j < NR_WHATS; j++)
			samples[i].of[j].least =
				shared_table(groups * GROUP * sizeof(uint32_t));
}

/* all that FROM has seen goes to TO as well */
static void merge(struct samples *to, const struct samples *from)
{
	to->groups += from->groups;
	to->disturbed += from->disturbed;
	for (int i = 0; i < NR_WHATS; i++) {
		struct series *s = &to->of[i];
		const struct series *f = &from->of[i];

		s->max = f->max > s->max ? f->max : s->max;
		s->undisturbed_max = f->undisturbed_max > s->undisturbed_max
					     ? f->undisturbed_max
					     : s->undisturbed_max;
		for (int j = 0; j < HISTOGRAM_BUCKETS; j++)
			s->count[j] += f->count[j];
	}
}

static void figure(enum what what, const char *which, uint64_t ticks)
{
	char name[64];

	snprintf(name, sizeof(name), "%s_%s", names[what], which);
	load_figure(name, ticks, "cycles", "lower");
}

static uint32_t repeated_max(enum what what)
{
	uint32_t most = 0;

	for (int i = 0; i < args.threads; i++)
		for (long j = 0; j < groups * GROUP; j++)
			if (samples[i].of[what].least[j] > most)
				most = samples[i].of[what].least[j];
	return most;
}

static void report(enum what what, double total)
{
	const struct series *s = &samples[0].of[what];

	figure(what, "p50", histogram_quantile(s->count, total, .5));
	figure(what, "p99", histogram_quantile(s->count, total, .99));
	figure(what, "p99.9", histogram_quantile(s->count, total, .999));
	figure(what, "p99.99", histogram_quantile(s->count, total, .9999));
	figure(what, "max", s->max);
	figure(what, "max_undisturbed", s->undisturbed_max);
	figure(what, "max_repeated", repeated_max(what));
}

/* in the last run's process: its time, and what all of them have seen */
static void last_run(void)
{
	struct samples *all = &samples[0];

	load_run(&args, work);
	for (int i = 1; i < args.threads; i++)
		merge(all, &samples[i]);
	for (int i = 0; i < NR_WHATS; i++)
		report(i, (double)all->groups * GROUP);
	load_figure("undisturbed", 100 - 100. * all->disturbed / all->groups,
		    "%", "higher");
}

int main(int argc, char **argv)
{
	args = load_parse(argc, argv, NULL, 1, LOAD_MAX_THREADS);
	groups = (load_ops(&args, 7e5) + GROUP - 1) / GROUP;
	prepare();
	for (; run < RUNS; run++) {
		pid_t pid = fork();
		int status;

		if (pid == 0 && run == RUNS - 1) {
			last_run();
			return 0;
		}
		if (pid == 0) {
			load_measure(&args, work);
			return 0;
		}
		if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
			load_fail("a run failed");
	}
	return 0;
}
