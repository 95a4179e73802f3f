/* SPDX-License-Identifier: MIT */
/*
 * hot.c - 256 MiB of 1,008-byte blocks, of which a tenth, in a row, is written
 * at random.
 *
 * Models  a store whose use is skewed: what HAKMEM_OBSERVE is to find.
 * Honest  blocks are written all over before the clock; the hot ones at random,
 *         so that every page of them is. Under hakmem it says, beside the time,
 *         how many of the hot superslabs are hotter than every cold one, what
 *         share of one processor the keeper took, and which of the huge pages
 *         are left.
 */
#include "load.h"

#include "base/hakmem.h"
#include "base/stats.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

enum { BYTES = 1008, BLOCKS = 256 << 10, HOT = BLOCKS / 10, FROM = BLOCKS / 3 };

static char **blocks;

/* Percent; below 0 where nothing is observed. */
static double huge, keeper = -1, ranked;

static double huge_mib(void)
{
	FILE *file = fopen("/proc/self/smaps_rollup", "r");
	char line[256];
	double kib = 0;

	while (file && fgets(line, sizeof(line), file))
		sscanf(line, "AnonHugePages: %lf", &kib);
	if (file)
		fclose(file);
	return kib / 1024;
}

static uint64_t index_of(const struct hakmem_stats *page, int i)
{
	return ((uintptr_t)blocks[i] - page->view[0].base) >> 21;
}

/* Percent of the hot superslabs that are hotter than every cold one. */
static double ranked_of(const struct hakmem_stats *page)
{
	uint64_t first = index_of(page, FROM);
	uint64_t last = index_of(page, FROM + HOT - 1);
	uint64_t end = index_of(page, BLOCKS - 1);
	int cold = -1, hotter = 0;

	/* The first superslab is what the program itself writes. */
	for (uint64_t i = 1; i <= end; i++) {
		int heat = page->view[0].history[i].heat;

		if ((i < first || i > last) && heat <= 9 && heat > cold)
			cold = heat;
	}
	for (uint64_t i = first; i <= last; i++) {
		int heat = page->view[0].history[i].heat;

		hotter += heat <= 9 && heat > cold;
	}
	return 100.0 * hotter / (double)(last - first + 1);
}

static void look(double wall_ns)
{
	const struct hakmem_stats *page =
		dlsym(RTLD_DEFAULT, "hakmem_stats_page");

	if (!page || page->version < 2 || !page->view)
		return;
	keeper = (double)page->span[0][HAK_STAT_OBSERVE_US] * 1e5 / wall_ns;
	ranked = ranked_of(page);
}

static void work(struct load_thread *self)
{
	long ops = load_ops(self->args, 800e6);
	uint64_t random = self->random;
	double before;

	for (long i = 0; i < BLOCKS; i++) {
		blocks[i] = load_get(BYTES, i);
		memset(blocks[i] + sizeof(uint64_t), 1,
		       BYTES - sizeof(uint64_t));
	}
	before = huge_mib();
	load_begin(self);
	for (long i = 0; i < ops; i++) {
		uint64_t r = load_random(&random);

		blocks[FROM + load_below((uint32_t)(r >> 32), HOT)]
		      [8 + (r & 511)]++;
	}
	load_end(self, ops);
	look(self->wall_ns * (double)ops);
	huge = before ? 100 * huge_mib() / before : 100;
	for (long i = 0; i < BLOCKS; i++)
		load_put(blocks[i], i);
}

int main(int argc, char **argv)
{
	struct load_args args = load_parse(argc, argv, NULL, 1, 1);

	blocks = load_table(BLOCKS * sizeof(*blocks));
	load_run(&args, work);
	load_figure("huge", huge, "%", "higher");
	if (keeper >= 0) {
		load_figure("keeper", keeper, "%", "lower");
		load_figure("ranked", ranked, "%", "higher");
	}
	return 0;
}
