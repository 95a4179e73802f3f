/* SPDX-License-Identifier: MIT */
/*
 * randmix.c - a random block of a ring is freed, another size takes its place.
 *
 * Models  a program with a steady heap: N live blocks of 16..1024 bytes, of
 *         all ages; N is the variant, -t gives every thread a ring of its own.
 * Honest  every block is written and read back; the ring is not allocated;
 *         filling it and two turns of replacement come before the clock.
 */
#include "load.h"

static const char *const variants[] = { "256", "8192", "400000", NULL };
static const double default_ops[] = { 40e6, 30e6, 3e6 };

static inline void step(void **ring, uint32_t nr, uint64_t *random)
{
	uint64_t r = load_random(random);
	void **slot = &ring[load_below(r, nr)];

	load_put(*slot, (uintptr_t)slot);
	*slot = load_get(16 + load_below(r >> 32, 1009), (uintptr_t)slot);
}

static void work(struct load_thread *self)
{
	uint32_t nr = atoi(variants[self->args->variant]);
	long ops = load_ops(self->args, default_ops[self->args->variant]);
	void **ring = load_table(nr * sizeof(*ring));
	uint64_t random = self->random;

	for (uint32_t i = 0; i < nr; i++)
		ring[i] = load_get(16 + load_below(load_random(&random), 1009),
				   (uintptr_t)&ring[i]);
	for (uint32_t i = 0; i < 2 * nr; i++)
		step(ring, nr, &random);
	load_begin(self);
	for (long i = 0; i < ops; i++)
		step(ring, nr, &random);
	load_end(self, ops);
	for (uint32_t i = 0; i < nr; i++)
		load_put(ring[i], (uintptr_t)&ring[i]);
}

int main(int argc, char **argv)
{
	struct load_args args =
		load_parse(argc, argv, variants, 1, LOAD_MAX_THREADS);

	load_run(&args, work);
	return 0;
}
