/* SPDX-License-Identifier: MIT */
/*
 * append.c - 16 buffers, grown by realloc in small steps, in turn at random.
 *
 * Models  strings and vectors being appended to: half, from 16 bytes to 100,000
 *         by half of what there is; bytes, to 4,096 by 32 bytes at a time.
 * Honest  each step's last word is written, and read after the next, so that a
 *         copy has to be one; of 16 none is always the last of the heap.
 */
#include "load.h"

enum { BUFFERS = 16 };

static const char *const variants[] = { "half", "bytes", NULL };

static const struct shape {
	size_t top;
	size_t step; /* 0: by half */
	double ops;
} shapes[] = {
	{ 100000, 0, 1.5e6 },
	{ 4096, 32, 16e6 },
};

struct buffer {
	char *data; /* NULL: not begun */
	size_t bytes;
};

static void end(struct buffer *b)
{
	if (b->data)
		load_put(b->data, (uintptr_t)b);
	b->data = NULL;
	b->bytes = 0;
}

/* A buffer that has reached the top is freed, and begun again. */
static void append(const struct shape *s, struct buffer *b)
{
	size_t more = s->step ? s->step : (b->bytes / 2 + 7) / 8 * 8;
	size_t bytes = b->data ? b->bytes + more : 16;

	if (bytes > s->top) {
		end(b);
		bytes = 16;
	}
	b->data = realloc(b->data, bytes);
	if (!b->data)
		load_fail("out of memory");
	if (b->bytes)
		load_check(b->data + b->bytes - 8, (uintptr_t)b ^ b->bytes);
	else
		load_stamp(b->data, (uintptr_t)b);
	load_stamp(b->data + bytes - 8, (uintptr_t)b ^ bytes);
	b->bytes = bytes;
}

static void run(const struct shape *s, struct buffer *buffers, uint64_t *random,
		long ops)
{
	for (long i = 0; i < ops; i++)
		append(s, &buffers[load_below(load_random(random), BUFFERS)]);
}

static void work(struct load_thread *self)
{
	const struct shape *s = &shapes[self->args->variant];
	struct buffer buffers[BUFFERS] = { { NULL, 0 } };
	long ops = load_ops(self->args, s->ops);

	run(s, buffers, &self->random, 4000);
	load_begin(self);
	run(s, buffers, &self->random, ops);
	load_end(self, ops);
	for (int i = 0; i < BUFFERS; i++)
		end(&buffers[i]);
}

int main(int argc, char **argv)
{
	struct load_args args =
		load_parse(argc, argv, variants, 1, LOAD_MAX_THREADS);

	load_run(&args, work);
	return 0;
}
