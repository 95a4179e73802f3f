/* SPDX-License-Identifier: MIT */
/*
 * burst.c - bursts of 64 blocks of one size, made and then freed by their thread.
 *
 * Models  a request that takes its buffers, uses them and gives all of them
 *         back; the size of a buffer is the variant.
 * Honest  the first word of every block is written and read back. Threads share
 *         nothing but the allocator, so that two threads should take the time
 *         of one.
 */
#include "load.h"

enum { BURST = 64 };

static const char *const variants[] = { "64", "500", "4000", "16000", NULL };

/*
 * Few operations of larger blocks: a library that gives the memory back after
 * each burst has the faults of all pages in each.
 */
static const struct shape {
	size_t bytes;
	double ops;
} shapes[] = { { 64, 8e6 }, { 500, 8e6 }, { 4000, 4e5 }, { 16000, 4e5 } };

static void bursts(size_t bytes, long nr)
{
	void *blocks[BURST];

	for (long n = 0; n < nr; n++) {
		for (int i = 0; i < BURST; i++)
			blocks[i] = load_get(bytes, n + i);
		for (int i = 0; i < BURST; i++)
			load_put(blocks[i], n + i);
	}
}

static void work(struct load_thread *self)
{
	const struct shape *s = &shapes[self->args->variant];
	long nr = (load_ops(self->args, s->ops) + BURST - 1) / BURST;

	bursts(s->bytes, nr / 16 + 1);
	load_begin(self);
	bursts(s->bytes, nr);
	load_end(self, nr * BURST);
}

int main(int argc, char **argv)
{
	struct load_args args =
		load_parse(argc, argv, variants, 1, LOAD_MAX_THREADS);

	load_run(&args, work);
	return 0;
}
