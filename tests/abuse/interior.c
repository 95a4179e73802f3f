/* SPDX-License-Identifier: MIT */
/*
 * interior.c - free and realloc of a pointer inside a block: not aligned, at
 * its second sixteen bytes, in its middle, at its end; one's own, another's.
 */
#include <malloc.h>
#include <pthread.h>

#include "sin.h"

#define MISALIGNED	"misaligned free"
#define INTERIOR	"interior free"

static void plus_1(size_t size)
{
	char *a = sin_malloc(size);

	sin_free(sin_names(a + 1));
}

static void plus_8(size_t size)
{
	char *a = sin_malloc(size);

	sin_free(sin_names(a + 8));
}

static void plus_16(size_t size)
{
	char *a = sin_malloc(size);

	sin_free(sin_names(a + 16));
}

static void plus_page(size_t size)
{
	char *a = sin_malloc(size);

	sin_free(sin_names(a + 4096));
}

static void middle(size_t size)
{
	char *a = sin_malloc(size);

	sin_free(sin_names(a + size / 2 / 16 * 16));
}

static void last(size_t size)
{
	char *a = sin_malloc(size);

	sin_free(sin_names(a + (malloc_usable_size(a) - 16) / 16 * 16));
}

static void superslab_inside(size_t size)
{
	char *a = sin_malloc(size);
	uintptr_t up = ((uintptr_t)a + (4 << 20)) & ~(uintptr_t)((2 << 20) - 1);

	sin_free(sin_names((char *)up));
}

static void of_aligned(size_t size)
{
	char *a = memalign(4096, size);

	sin_free(sin_names(ktap_opaque(a) + 64));
}

/* Given out again as if it were a block: found at the end, when it is back. */
static void then_malloc(size_t size)
{
	char *a = sin_malloc(size);

	sin_free(sin_names(a + 16));
	sin_free(sin_malloc(size));
}

static void by_realloc(size_t size)
{
	char *a = sin_malloc(size);
	char *b = realloc(sin_names(a + size / 2 / 16 * 16), size * 2);

	sin_free(b);
}

static void by_realloc_8(size_t size)
{
	char *a = sin_malloc(size);
	char *b = realloc(sin_names(a + 8), size * 2);

	sin_free(b);
}

static void *make(void *size)
{
	return sin_malloc((size_t)size);
}

static void *end(void *block)
{
	sin_free(block);
	return NULL;
}

static void *in_thread(void *(*fn)(void *), void *arg)
{
	pthread_t thread;
	void *ret;

	if (pthread_create(&thread, NULL, fn, arg))
		_exit(122);
	pthread_join(thread, &ret);
	return ret;
}

static void of_the_dead(size_t size)
{
	char *a = in_thread(make, (void *)size);

	sin_free(sin_names(a + 16));
}

static void by_stranger(size_t size)
{
	char *a = sin_malloc(size);

	in_thread(end, sin_names(a + 16));
	sin_malloc(size);
}

static void by_stranger_8(size_t size)
{
	char *a = sin_malloc(size);

	in_thread(end, sin_names(a + 8));
}

static const struct sin sins[] = {
	{ "plus-1-of-40", plus_1, 40, MISALIGNED },
	{ "plus-1-of-5000", plus_1, 5000, MISALIGNED },
	{ "plus-1-of-1MiB", plus_1, 1 << 20, MISALIGNED },
	{ "plus-1-of-10MiB", plus_1, 10 << 20, MISALIGNED },
	{ "plus-8-of-40", plus_8, 40, MISALIGNED },
	{ "plus-8-of-5000", plus_8, 5000, MISALIGNED },
	{ "plus-8-of-10MiB", plus_8, 10 << 20, MISALIGNED },
	{ "plus-16-of-64", plus_16, 64, INTERIOR },
	{ "plus-16-of-48", plus_16, 48, INTERIOR },
	{ "plus-16-of-5000", plus_16, 5000, INTERIOR },
	{ "plus-16-of-100000", plus_16, 100000, INTERIOR },
	{ "plus-16-of-1MiB", plus_16, 1 << 20, INTERIOR },
	{ "plus-16-of-10MiB", plus_16, 10 << 20, INTERIOR },
	{ "plus-page-of-10000", plus_page, 10000, INTERIOR },
	{ "plus-page-of-1MiB", plus_page, 1 << 20, INTERIOR },
	{ "plus-page-of-10MiB", plus_page, 10 << 20, INTERIOR },
	{ "middle-of-160", middle, 160, INTERIOR },
	{ "middle-of-3000", middle, 3000, INTERIOR },
	{ "middle-of-400000", middle, 400000, INTERIOR },
	{ "middle-of-1MiB", middle, 1 << 20, INTERIOR },
	{ "middle-of-10MiB", middle, 10 << 20, INTERIOR },
	{ "middle-of-100MiB", middle, 100 << 20, INTERIOR },
	{ "last-of-64", last, 64, INTERIOR },
	{ "last-of-3000", last, 3000, INTERIOR },
	{ "last-of-1MiB", last, 1 << 20, INTERIOR },
	{ "last-of-10MiB", last, 10 << 20, INTERIOR },
	{ "superslab-in-10MiB", superslab_inside, 10 << 20, INTERIOR },
	{ "of-memalign-5000", of_aligned, 5000, INTERIOR },
	{ "of-memalign-1MiB", of_aligned, 1 << 20, INTERIOR },
	{ "then-malloc-64", then_malloc, 64, INTERIOR },
	{ "then-malloc-5000", then_malloc, 5000, INTERIOR },
	{ "realloc-of-160", by_realloc, 160, INTERIOR },
	{ "realloc-of-1MiB", by_realloc, 1 << 20, INTERIOR },
	{ "realloc-of-10MiB", by_realloc, 10 << 20, INTERIOR },
	{ "realloc-plus-8-of-160", by_realloc_8, 160, MISALIGNED },
	{ "realloc-plus-8-of-1MiB", by_realloc_8, 1 << 20, MISALIGNED },
	{ "of-the-dead-64", of_the_dead, 64, INTERIOR },
	{ "of-the-dead-5000", of_the_dead, 5000, INTERIOR },
	{ "by-stranger-64", by_stranger, 64, INTERIOR },
	{ "by-stranger-5000", by_stranger, 5000, INTERIOR },
	{ "by-stranger-10MiB", by_stranger, 10 << 20, INTERIOR },
	{ "by-stranger-plus-8-of-64", by_stranger_8, 64, MISALIGNED },
};

int main(int argc, char **argv)
{
	return sin_main(argc, argv, sins, sizeof(sins) / sizeof(*sins));
}
