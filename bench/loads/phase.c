/* SPDX-License-Identifier: MIT */
/*
 * phase.c - two populations are born side by side, and one is dropped.
 *
 * Models  two databases, or caches, of a server that sleeps after one is gone:
 *         80 MiB each, blocks of 16..512 bytes, freed in the order of a hash.
 * Honest  every block is written and read back; RSS is the process's without the
 *         load's table, beside the live bytes as they were asked for. time has
 *         the births and the deaths, but not the waiting.
 */
#include "memory.h"

#include "load.h"

enum { DOUBLINGS = 4, SIDES = 2 };

static const double side_bytes = 80 << 20;
static const double mean_bytes = 72; /* of load_powerlaw(DOUBLINGS) */

struct side {
	void **blocks;
	long nr;
	size_t bytes;
};

static void born(struct side *side, uint64_t *random)
{
	size_t bytes = load_powerlaw(load_random(random), DOUBLINGS);

	side->blocks[side->nr] = load_get(bytes, bytes);
	load_touch(side->blocks[side->nr], bytes);
	side->nr++;
	side->bytes += bytes;
}

/* Freed in another order than born, and not in the time. */
static void shuffle(struct side *side, uint64_t *random)
{
	for (long i = side->nr - 1; i > 0; i--) {
		long j = load_below(load_random(random), i + 1);
		void *block = side->blocks[i];

		side->blocks[i] = side->blocks[j];
		side->blocks[j] = block;
	}
}

static void drop(struct side *side)
{
	for (long i = 0; i < side->nr; i++) {
		side->bytes -= *(const uint64_t *)side->blocks[i];
		free(side->blocks[i]);
	}
	if (side->bytes)
		load_fail("a block is not what was written to it");
}

int main(int argc, char **argv)
{
	struct load_args args = load_parse(argc, argv, load_seconds, 1, 1);
	struct memory_times times = memory_times(args.text);
	long nr = load_ops(&args, SIDES * side_bytes / mean_bytes);
	size_t table = nr * sizeof(void *);
	struct memory base = { 0, memory_now().cgroup };
	uint64_t random = load_seed(0);
	struct side sides[SIDES];
	double ns, start;

	memory_sleeper();
	for (int i = 0; i < SIDES; i++)
		sides[i] = (struct side){ load_table(table), 0, 0 };
	base = memory_with(base, SIDES * table);
	start = load_cpu_ns();
	for (long i = 0; i < nr; i++)
		born(&sides[load_random(&random) >> 32 & 1], &random);
	ns = load_cpu_ns() - start;
	shuffle(&sides[0], &random);
	start = load_cpu_ns();
	drop(&sides[0]);
	ns += load_cpu_ns() - start;
	load_figure("time", ns / nr, "ns/op", "lower");
	load_figure("live", sides[1].bytes / 1048576.0, "MiB", "lower");
	memory_watch(&times, base);
	drop(&sides[1]);
	return 0;
}
