/* SPDX-License-Identifier: MIT */
/*
 * powerlaw.c - a random block of 20,000 is replaced; sizes to 1 MiB.
 *
 * Models  what programs ask for: every doubling of the size half as often as
 *         the one before, from 16 bytes, and so as many bytes in each.
 * Honest  every block is written, one byte a page, and read back; the ring is
 *         not allocated; filling and two turns come before the clock.
 */
#include "load.h"

enum { LIVE = 20000, DOUBLINGS = 15 };

static void *make(uint64_t *random, uint64_t tag)
{
	size_t bytes = load_powerlaw(load_random(random), DOUBLINGS);
	void *block = load_get(bytes, tag);

	load_touch(block, bytes);
	return block;
}

static void step(void **ring, uint64_t *random)
{
	void **slot = &ring[load_below(load_random(random), LIVE)];

	load_put(*slot, (uintptr_t)slot);
	*slot = make(random, (uintptr_t)slot);
}

static void work(struct load_thread *self)
{
	long ops = load_ops(self->args, 16e6);
	void **ring = load_table(LIVE * sizeof(*ring));
	uint64_t random = self->random;

	for (int i = 0; i < LIVE; i++)
		ring[i] = make(&random, (uintptr_t)&ring[i]);
	for (int i = 0; i < 2 * LIVE; i++)
		step(ring, &random);
	load_begin(self);
	for (long i = 0; i < ops; i++)
		step(ring, &random);
	load_end(self, ops);
	for (int i = 0; i < LIVE; i++)
		load_put(ring[i], (uintptr_t)&ring[i]);
}

int main(int argc, char **argv)
{
	struct load_args args =
		load_parse(argc, argv, NULL, 1, LOAD_MAX_THREADS);

	load_run(&args, work);
	return 0;
}
