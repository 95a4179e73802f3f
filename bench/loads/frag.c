/* SPDX-License-Identifier: MIT */
/*
 * frag.c - a server's hours in a moment: phases of growth and of shrinkage.
 *
 * Models  a heap whose sizes change with the phase (the scale gives phases);
 *         short lives, long ones, and those that end at random in the phase.
 * Honest  every block is written, one byte a page, and read back; the looks at
 *         RSS are not in the time; live bytes are those that were asked for.
 */
#include "load.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum {
	SHORTS = 256,	 /* a ring, replaced at random */
	LONGS = 8192,	 /* a ring, first in first out, one in 32 steps */
	LONG_MOST = 512, /* bytes: what pins a page is small */
	MEDIUMS = 1 << 19,
};

struct item {
	void *block;
	size_t bytes;
};

struct table {
	struct item shorts[SHORTS];
	struct item longs[LONGS];
	struct item mediums[MEDIUMS];
};

struct server {
	struct table *t;
	long nr_mediums;
	long steps;
	size_t live_bytes;
	uint64_t random;
	uint32_t least; /* sizes of this phase; */
	uint32_t span;	/* 0: powerlaw */
};

static const struct phase {
	uint32_t least;
	uint32_t span;
	int live_mib; /* what it ends with */
} phases[] = {
	{ 32, 224, 48 },    { 32, 224, 12 },  { 256, 1024, 64 },
	{ 256, 1024, 16 },  { 0, 0, 48 },     { 16, 64, 12 },
	{ 1024, 7168, 64 }, { 64, 448, 16 },  { 4096, 28672, 64 },
	{ 0, 0, 16 },	    { 128, 128, 48 }, { 32, 480, 16 },
};

enum { NR_PHASES = sizeof(phases) / sizeof(*phases) };

static void drop(struct server *s, struct item *item)
{
	if (!item->block)
		return;
	load_put(item->block, (uintptr_t)item ^ item->bytes);
	s->live_bytes -= item->bytes;
	item->block = NULL;
}

static void make(struct server *s, struct item *item, size_t most)
{
	uint64_t r = load_random(&s->random);
	size_t bytes = s->span ? s->least + load_below(r >> 32, s->span)
			       : load_powerlaw(r, 12);

	bytes = bytes < most ? bytes : most;
	item->bytes = bytes;
	item->block = load_get(bytes, (uintptr_t)item ^ bytes);
	load_touch(item->block, bytes);
	s->live_bytes += bytes;
}

static void renew(struct server *s, struct item *item, size_t most)
{
	drop(s, item);
	make(s, item, most);
}

/* a random one goes, and the last takes its place */
static void shrink(struct server *s)
{
	struct item *mediums = s->t->mediums, *gone, *last;

	if (!s->nr_mediums)
		return;
	gone = &mediums[load_below(load_random(&s->random), s->nr_mediums)];
	last = &mediums[--s->nr_mediums];
	drop(s, gone);
	if (gone == last)
		return;
	*gone = *last;
	load_stamp(gone->block, (uintptr_t)gone ^ gone->bytes);
	last->block = NULL;
}

static void step(struct server *s, int growing)
{
	struct table *t = s->t;
	long n = s->steps++;

	renew(s, &t->shorts[load_below(load_random(&s->random), SHORTS)],
	      SIZE_MAX);
	if (n % 32 == 0)
		renew(s, &t->longs[n / 32 % LONGS], LONG_MOST);
	if (growing || n % 4 == 0)
		make(s, &t->mediums[s->nr_mediums++], SIZE_MAX);
	if (!growing || n % 4 == 0)
		shrink(s);
}

static void run_phase(struct server *s, const struct phase *p)
{
	size_t target = (size_t)p->live_mib << 20;
	int growing = s->live_bytes < target;

	s->least = p->least;
	s->span = p->span;
	while (growing ? s->live_bytes < target && s->nr_mediums < MEDIUMS
		       : s->live_bytes > target && s->nr_mediums > 0)
		step(s, growing);
}

/*
 * All of the process, of which the load's own table is then taken off.
 * smaps_rollup is exact; statm lags behind by the per-CPU batches.
 */
static double resident_bytes(void)
{
	char text[4096], *rss;
	int fd = open("/proc/self/smaps_rollup", O_RDONLY | O_CLOEXEC);
	ssize_t len = read(fd, text, sizeof(text) - 1);

	close(fd);
	text[len > 0 ? len : 0] = 0;
	rss = strstr(text, "\nRss:");
	if (!rss)
		load_fail("/proc/self/smaps_rollup: no Rss");
	return strtod(rss + 5, NULL) * 1024;
}

static void end(struct server *s)
{
	for (int i = 0; i < SHORTS; i++)
		drop(s, &s->t->shorts[i]);
	for (int i = 0; i < LONGS; i++)
		drop(s, &s->t->longs[i]);
	while (s->nr_mediums > 0)
		shrink(s);
	if (s->live_bytes)
		load_fail("the books are wrong");
}

int main(int argc, char **argv)
{
	struct load_args args = load_parse(argc, argv, NULL, 1, 1);
	struct server s = { .random = load_seed(0) };
	double ns = 0, sum = 0, worst = 0;
	long nr = load_ops(&args, 12);

	s.t = load_table(sizeof(*s.t));
	nr = nr < 2 ? 2 : nr;
	for (long i = 0; i < nr; i++) {
		double ratio, start = load_cpu_ns();

		run_phase(&s, &phases[i % NR_PHASES]);
		ns += load_cpu_ns() - start;
		ratio = (resident_bytes() - sizeof(*s.t)) / s.live_bytes;
		sum += ratio;
		worst = ratio > worst ? ratio : worst;
	}
	load_figure("time", ns / s.steps, "ns/op", "lower");
	load_figure("rss_mean", sum / nr, "ratio", "lower");
	load_figure("rss_worst", worst, "ratio", "lower");
	end(&s);
	return 0;
}
