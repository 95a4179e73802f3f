/* SPDX-License-Identifier: MIT */
/*
 * zero.c - a random block of a ring is replaced by one from calloc.
 *
 * Models  what has to begin as zeros: records of 16..1024 bytes (small), tables
 *         of 4..64 KiB (medium), arrays of 1..4 MiB (large).
 * Honest  every word is read and must be zero; one in 512 bytes is written, so
 *         that it is not when it comes again. Both are in the time.
 */
#include "load.h"

enum { MOST = 4096 };

static const char *const variants[] = { "small", "medium", "large", NULL };

static const struct shape {
	uint32_t least;
	uint32_t span;
	uint32_t live;
	double ops;
} shapes[] = {
	{ 16, 1009, MOST, 10e6 },
	{ 4 << 10, 60 << 10, 256, 150e3 },
	{ 1 << 20, 3 << 20, 8, 1500 },
};

static void *make(const struct shape *s, uint64_t r, uint64_t tag)
{
	size_t bytes = s->least + load_below(r >> 32, s->span);
	uint64_t *block = calloc(1, bytes), any = 0;

	if (!block)
		load_fail("out of memory");
	for (size_t i = 0; i < bytes / sizeof(any); i++)
		any |= block[i];
	if (any)
		load_fail("calloc gave what is not zero");
	for (size_t i = 0; i < bytes / sizeof(any); i += 512 / sizeof(any))
		load_stamp(&block[i], tag);
	return block;
}

static void step(const struct shape *s, void **blocks, uint64_t r)
{
	void **slot = &blocks[load_below(r, s->live)];

	load_put(*slot, (uintptr_t)slot);
	*slot = make(s, r, (uintptr_t)slot);
}

static void work(struct load_thread *self)
{
	const struct shape *s = &shapes[self->args->variant];
	long ops = load_ops(self->args, s->ops);
	void *blocks[MOST];

	for (uint32_t i = 0; i < s->live; i++)
		blocks[i] = make(s, load_random(&self->random),
				 (uintptr_t)&blocks[i]);
	for (uint32_t i = 0; i < s->live; i++)
		step(s, blocks, load_random(&self->random));
	load_begin(self);
	for (long i = 0; i < ops; i++)
		step(s, blocks, load_random(&self->random));
	load_end(self, ops);
	for (uint32_t i = 0; i < s->live; i++)
		load_put(blocks[i], (uintptr_t)&blocks[i]);
}

int main(int argc, char **argv)
{
	struct load_args args =
		load_parse(argc, argv, variants, 1, LOAD_MAX_THREADS);

	load_run(&args, work);
	return 0;
}
