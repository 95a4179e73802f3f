/* SPDX-License-Identifier: MIT */
/*
 * scratch.c - each thread writes, again and again, to a small block of its own.
 *
 * Models  counters of several threads: active, each allocates its 16 bytes;
 *         passive, the first was made by the main thread, beside the others'.
 * Honest  a volatile word is counted up, 1,000 times for each block, and must
 *         be right; what can be lost is two threads' blocks on one cache line.
 */
#include "load.h"

enum { WRITES = 1000, BYTES = 16 };

static const char *const variants[] = { "active", "passive", NULL };

static volatile uint64_t *given[LOAD_MAX_THREADS];

static void scribble(volatile uint64_t *block)
{
	for (int i = 0; i < WRITES; i++)
		*block += 1;
	load_put((void *)block, WRITES);
}

static void work(struct load_thread *self)
{
	long blocks = load_ops(self->args, 800000);

	load_begin(self);
	if (given[self->index])
		scribble(given[self->index]);
	for (long i = !!given[self->index]; i < blocks; i++)
		scribble(load_get(BYTES, 0));
	load_end(self, blocks * WRITES);
}

int main(int argc, char **argv)
{
	struct load_args args =
		load_parse(argc, argv, variants, 2, LOAD_MAX_THREADS);

	for (int i = 0; args.variant && i < args.threads; i++)
		given[i] = load_get(BYTES, 0);
	load_run(&args, work);
	return 0;
}
