/* SPDX-License-Identifier: MIT */
/*
 * fill.c - 400,000 blocks of 16..1024 bytes are made and none is freed.
 *
 * Models  the start of a big program, which builds its data: 208 MB of it.
 * Honest  every block is written, so that page faults are in it, and read back
 *         behind the clock; no warm-up; the table of the blocks is mapped.
 */
#include "load.h"

static void work(struct load_thread *self)
{
	long ops = load_ops(self->args, 400000);
	void **blocks = load_table(ops * sizeof(*blocks));
	uint64_t random = self->random;

	load_begin(self);
	for (long i = 0; i < ops; i++)
		blocks[i] = load_get(
			16 + load_below(load_random(&random), 1009), i);
	load_end(self, ops);
	for (long i = 0; i < ops; i++)
		load_put(blocks[i], i);
}

int main(int argc, char **argv)
{
	struct load_args args =
		load_parse(argc, argv, NULL, 1, LOAD_MAX_THREADS);

	load_run(&args, work);
	return 0;
}
