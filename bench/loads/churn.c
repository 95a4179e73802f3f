/* SPDX-License-Identifier: MIT */
/*
 * churn.c - blocks of one size are made and freed at once, or in batches.
 *
 * Models  temporaries (64, 16k, 1m bytes, one at a time), batch64 (64 blocks of
 *         64 bytes), a request's life (1,000 of 32 bytes; lifo, fifo, random).
 * Honest  every block is written and read back, its first word only, so that
 *         the size costs what the allocator makes it cost.
 */
#include "load.h"

enum { MOST = 1000 };

enum order { FIFO, LIFO, RANDOM };

static const char *const variants[] = { "64",	"16k",	"1m",	  "batch64",
					"lifo", "fifo", "random", NULL };

static const struct shape {
	uint32_t bytes;
	uint16_t nr; /* blocks before the first is freed */
	enum order order;
	double ops;
} shapes[] = {
	{ 64, 1, FIFO, 30e6 },	    { 16384, 1, FIFO, 20e6 },
	{ 1 << 20, 1, FIFO, 2e6 },  { 64, 64, FIFO, 40e6 },
	{ 32, MOST, LIFO, 40e6 },   { 32, MOST, FIFO, 40e6 },
	{ 32, MOST, RANDOM, 40e6 },
};

static void fill_order(uint16_t *at, const struct shape *s, uint64_t *random)
{
	for (int i = 0; i < s->nr; i++)
		at[i] = s->order == LIFO ? s->nr - 1 - i : i;
	for (int i = s->nr - 1; s->order == RANDOM && i > 0; i--) {
		int j = load_below(load_random(random), i + 1);
		uint16_t t = at[i];

		at[i] = at[j];
		at[j] = t;
	}
}

static void one_by_one(uint32_t bytes, long ops)
{
	for (long i = 0; i < ops; i++)
		load_put(load_get(bytes, i), i);
}

static void in_batches(uint32_t bytes, int nr, const uint16_t *at, long ops)
{
	void *blocks[MOST];

	for (long n = 0; n < ops; n += nr) {
		for (int i = 0; i < nr; i++)
			blocks[i] = load_get(bytes, n + i);
		for (int i = 0; i < nr; i++)
			load_put(blocks[at[i]], n + at[i]);
	}
}

static void run(const struct shape *s, const uint16_t *at, long ops)
{
	if (s->nr == 1)
		one_by_one(s->bytes, ops);
	else
		in_batches(s->bytes, s->nr, at, ops);
}

static void work(struct load_thread *self)
{
	const struct shape *s = &shapes[self->args->variant];
	long turns = (load_ops(self->args, s->ops) + s->nr - 1) / s->nr;
	uint16_t at[MOST];

	fill_order(at, s, &self->random);
	run(s, at, turns * s->nr / 16);
	load_begin(self);
	run(s, at, turns * s->nr);
	load_end(self, turns * s->nr);
}

int main(int argc, char **argv)
{
	struct load_args args =
		load_parse(argc, argv, variants, 1, LOAD_MAX_THREADS);

	load_run(&args, work);
	return 0;
}
