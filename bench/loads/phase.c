/* SPDX-License-Identifier: MIT */
/*
 * phase.c - two populations are born side by side, and one is dropped.
 *
 * Models  two databases of a server that idles after one is gone: 80 MiB each;
 *         entries and keys alike in both, values of 96..175 bytes in the dropped
 *         one, of 224..479 in the other; freed in the order of a hash.
 * Honest  every block is written and read back; RSS is the process's without the
 *         load's tables, beside the live bytes as they were asked for. time has
 *         the births and the deaths, but not the waiting.
 */
#include "memory.h"

#include "load.h"

enum { ENTRY_BYTES = 24, KEY_LEAST = 20, KEY_SPAN = 20, SIDES = 2 };
enum part { ENTRY, KEY, VALUE, PARTS };

/* A record of a database; every block has the tag of its record. */
struct record {
	void *parts[PARTS];
};

static struct side {
	uint32_t least; /* bytes of a value */
	uint32_t span;
	long nr; /* records when all are born */
	long born;
	struct record *records;
	double bytes;
} sides[SIDES] = { { 96, 80, 0, 0, NULL, 0 }, { 224, 256, 0, 0, NULL, 0 } };

static const double side_bytes = 80 << 20;

static void *get(struct side *side, size_t bytes, long tag)
{
	side->bytes += bytes;
	return load_get(bytes, tag);
}

static void bear(struct side *side, uint64_t *random)
{
	uint64_t r = load_random(random);
	struct record *rec = &side->records[side->born];
	long tag = side->born++;

	rec->parts[ENTRY] = get(side, ENTRY_BYTES, tag);
	rec->parts[KEY] = get(side, KEY_LEAST + (r & 0xffff) % KEY_SPAN, tag);
	rec->parts[VALUE] =
		get(side, side->least + load_below(r >> 32, side->span), tag);
}

/* Both sides grow at once, each at the rate at which both are done together. */
static void bear_all(uint64_t *random)
{
	long left;

	while ((left = sides[0].nr - sides[0].born + sides[1].nr -
		       sides[1].born) > 0) {
		long r = load_below(load_random(random) >> 32, left);

		bear(&sides[r >= sides[0].nr - sides[0].born], random);
	}
}

/* The order of the deaths: a number of a record for each turn. */
static uint32_t *shuffled(long nr, uint64_t *random)
{
	uint32_t *order = load_table(nr * sizeof(*order));

	for (long i = 0; i < nr; i++) {
		long j = load_below(load_random(random) >> 32, i + 1);

		order[i] = order[j];
		order[j] = i;
	}
	return order;
}

static void drop(struct side *side, const uint32_t *order)
{
	for (long i = 0; i < side->nr; i++) {
		long tag = order ? order[i] : i;

		for (int part = 0; part < PARTS; part++)
			load_put(side->records[tag].parts[part], tag);
	}
}

/* Returns the bytes of the tables. */
static size_t make_tables(const struct load_args *args)
{
	size_t table, sum = 0;

	for (int i = 0; i < SIDES; i++) {
		struct side *side = &sides[i];
		double mean = ENTRY_BYTES + KEY_LEAST + KEY_SPAN / 2 +
			      side->least + side->span / 2;

		side->nr = load_ops(args, side_bytes / mean);
		table = side->nr * sizeof(*side->records);
		side->records = load_table(table);
		sum += table;
	}
	return sum + sides[0].nr * sizeof(uint32_t);
}

int main(int argc, char **argv)
{
	struct load_args args = load_parse(argc, argv, load_seconds, 1, 1);
	struct memory_times times = memory_times(args.text);
	struct memory base = { 0, memory_now().cgroup };
	uint64_t random = load_seed(0);
	uint32_t *order;
	double ns, start;

	memory_sleeper();
	base = memory_with(base, make_tables(&args));
	order = shuffled(sides[0].nr, &random);
	start = load_cpu_ns();
	bear_all(&random);
	drop(&sides[0], order);
	ns = load_cpu_ns() - start;
	load_figure("time", ns / ((sides[0].nr + sides[1].nr) * PARTS), "ns/op",
		    "lower");
	load_figure("live", sides[1].bytes / (1 << 20), "MiB", "lower");
	memory_watch(&times, base);
	drop(&sides[1], NULL);
	return 0;
}
