/* SPDX-License-Identifier: MIT */
/*
 * large.c - a random one of 16 blocks of 5..25 MiB is replaced.
 *
 * Models  images, tensors, buffers of files: touched, one byte of each page is
 *         written; bare, the first word only, which is the allocator alone.
 * Honest  touched has the page faults of one that gives memory back; one that
 *         keeps it shows that in its RSS. A turn comes before the clock.
 */
#include "load.h"

enum { LIVE = 16, LEAST = 5 << 20, SPAN = 20 << 20 };

static const char *const variants[] = { "touched", "bare", NULL };

static void *make(struct load_thread *self, uint64_t r, uint64_t tag)
{
	size_t bytes = LEAST + load_below(r >> 32, SPAN + 1);
	void *block = load_get(bytes, tag);

	if (self->args->variant == 0)
		load_touch(block, bytes);
	return block;
}

static void step(struct load_thread *self, void **blocks)
{
	uint64_t r = load_random(&self->random);
	void **slot = &blocks[load_below(r, LIVE)];

	load_put(*slot, (uintptr_t)slot);
	*slot = make(self, r, (uintptr_t)slot);
}

static void work(struct load_thread *self)
{
	long ops = load_ops(self->args, self->args->variant ? 40000 : 250);
	void *blocks[LIVE];

	for (int i = 0; i < LIVE; i++)
		blocks[i] = make(self, load_random(&self->random),
				 (uintptr_t)&blocks[i]);
	for (int i = 0; i < LIVE; i++)
		step(self, blocks);
	load_begin(self);
	for (long i = 0; i < ops; i++)
		step(self, blocks);
	load_end(self, ops);
	for (int i = 0; i < LIVE; i++)
		load_put(blocks[i], (uintptr_t)&blocks[i]);
}

int main(int argc, char **argv)
{
	struct load_args args =
		load_parse(argc, argv, variants, 1, LOAD_MAX_THREADS);

	load_run(&args, work);
	return 0;
}
