/* SPDX-License-Identifier: MIT */
/*
 * randmix.c - a random block of a ring is freed, another size takes its place.
 *
 * Models  a program with a steady heap: N live blocks of 16..1024 bytes, of
 *         all ages; N is the variant, -t gives every thread a ring of its own.
 * Honest  every block is written and read back; the ring is not allocated;
 *         filling it and two turns of replacement come before the clock.
 */
#include "mix.h"

static const char *const variants[] = { "256", "8192", "400000", NULL };
static const double default_ops[] = { 40e6, 30e6, 3e6 };

static void work(struct load_thread *self)
{
	uint32_t nr = atoi(variants[self->args->variant]);
	long ops = load_ops(self->args, default_ops[self->args->variant]);
	uint64_t random = self->random;
	void **ring = mix_start(nr, &random);

	load_begin(self);
	for (long i = 0; i < ops; i++)
		mix_step(ring, nr, &random);
	load_end(self, ops);
	mix_end(ring, nr);
}

int main(int argc, char **argv)
{
	struct load_args args =
		load_parse(argc, argv, variants, 1, LOAD_MAX_THREADS);

	load_run(&args, work);
	return 0;
}
