/* SPDX-License-Identifier: MIT */
/*
 * given.c - realloc, reallocarray and malloc_usable_size are given what is no
 * block: freed, inside of one, misaligned, or wild. They say so at once, in free's
 * words, and name the call.
 */
#include <malloc.h>
#include <pthread.h>

#include "sin.h"

#define REALLOC	 "~given to realloc"
#define ARRAY	 "~given to reallocarray"
#define SIZE	 "~given to malloc_usable_size"
#define GONE(by) "double free" by "|invalid free" by

enum { MANY = 500 };

static void grow(void *block, size_t size)
{
	if (realloc(ktap_opaque(sin_names(block)), size * 3 + 4000))
		sin_exploited("realloc of no block");
}

static void grow_array(void *block, size_t size)
{
	if (reallocarray(ktap_opaque(sin_names(block)), 3, size))
		sin_exploited("reallocarray of no block");
}

static void ask(void *block, size_t size)
{
	(void)size;
	malloc_usable_size(ktap_opaque(sin_names(block)));
	sin_exploited("a size of no block");
}

/* Each sin in three ways. */
#define WAYS(sin)                                 \
	static void sin##_grow(size_t size)       \
	{                                         \
		grow(sin(size), size);            \
	}                                         \
	static void sin##_array(size_t size)      \
	{                                         \
		grow_array(sin(size), size);      \
	}                                         \
	static void sin##_ask(size_t size)        \
	{                                         \
		ask(sin(size), size);             \
	}

static void *freed(size_t size)
{
	void *a = sin_malloc(size);

	sin_malloc(size);
	sin_free(a);
	return a;
}

/* Far more than a list takes: it is in its slab, beside live blocks. */
static void *gone_home(size_t size)
{
	void *block[MANY];

	for (int i = 0; i < MANY; i++)
		block[i] = sin_malloc(size);
	for (int i = 0; i < MANY - 1; i += 2)
		sin_free(block[i]);
	return block[MANY - 2];
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

/* It is on its way home from here, or there. */
static void *foreign(size_t size)
{
	void *a = in_thread(make, (void *)size);

	sin_free(a);
	return a;
}

static void *freed_elsewhere(size_t size)
{
	void *a = sin_malloc(size);

	in_thread(end, a);
	return a;
}

static void *inside(size_t size)
{
	return (char *)sin_malloc(size) + 16;
}

static void *middle(size_t size)
{
	return (char *)sin_malloc(size) + size / 32 * 16;
}

static void *inside_of_foreign(size_t size)
{
	return (char *)in_thread(make, (void *)size) + 16;
}

static void *odd(size_t size)
{
	return (char *)sin_malloc(size) + 8;
}

static void *beyond(size_t distance)
{
	return (char *)sin_malloc(100) + distance;
}

static void *of_stack(size_t at)
{
	static __thread char block[256] __attribute__((aligned(16)));

	memset(block, 0, sizeof(block));
	return ktap_opaque(block + at);
}

static void inside_to_nothing(size_t size)
{
	free(realloc(ktap_opaque(sin_names(inside(size))),
		     ktap_opaque((size_t)0)));
}

WAYS(freed)
WAYS(gone_home)
WAYS(inside)
WAYS(middle)
WAYS(inside_of_foreign)
WAYS(odd)
WAYS(beyond)

static void foreign_grow(size_t size)
{
	grow(foreign(size), size);
}

static void foreign_array(size_t size)
{
	grow_array(foreign(size), size);
}

static void freed_elsewhere_grow(size_t size)
{
	grow(freed_elsewhere(size), size);
}

static void of_stack_grow(size_t at)
{
	grow(of_stack(at), 100);
}

#define ROWS(name, sin, size, kind)                               \
	{ "realloc-" name, sin##_grow, size, kind(REALLOC) },     \
	{ "reallocarray-" name, sin##_array, size, kind(ARRAY) }, \
	{ "usable-" name, sin##_ask, size, kind(SIZE) }

#define DOUBLE(by) "double free" by
#define INSIDE(by) "interior free" by
#define MISALIGNED(by) "misaligned free" by
#define INVALID(by) "invalid free" by

static const struct sin sins[] = {
	ROWS("freed-40", freed, 40, DOUBLE),
	ROWS("freed-1000", freed, 1000, DOUBLE),
	ROWS("freed-5000", freed, 5000, DOUBLE),
	ROWS("freed-100000", freed, 100000, GONE),
	ROWS("freed-1MiB", freed, 1 << 20, GONE),
	ROWS("freed-10MiB", freed, 10 << 20, GONE),
	ROWS("gone-home-40", gone_home, 40, DOUBLE),
	ROWS("gone-home-1000", gone_home, 1000, DOUBLE),
	{ "realloc-foreign-40", foreign_grow, 40, DOUBLE(REALLOC) },
	{ "reallocarray-foreign-40", foreign_array, 40, DOUBLE(ARRAY) },
	{ "realloc-foreign-5000", foreign_grow, 5000, GONE(REALLOC) },
	{ "realloc-freed-elsewhere-40", freed_elsewhere_grow, 40,
	  DOUBLE(REALLOC) },
	{ "realloc-freed-elsewhere-5000", freed_elsewhere_grow, 5000,
	  DOUBLE(REALLOC) },
	ROWS("inside-48", inside, 48, INSIDE),
	ROWS("inside-5000", inside, 5000, INSIDE),
	ROWS("inside-100000", inside, 100000, INSIDE),
	ROWS("inside-1MiB", inside, 1 << 20, INSIDE),
	ROWS("inside-10MiB", inside, 10 << 20, INSIDE),
	ROWS("middle-of-160", middle, 160, INSIDE),
	ROWS("middle-of-400000", middle, 400000, INSIDE),
	ROWS("middle-of-100MiB", middle, 100 << 20, INSIDE),
	ROWS("inside-of-foreign-64", inside_of_foreign, 64, INSIDE),
	ROWS("misaligned-40", odd, 40, MISALIGNED),
	ROWS("misaligned-1MiB", odd, 1 << 20, MISALIGNED),
	ROWS("misaligned-10MiB", odd, 10 << 20, MISALIGNED),
	ROWS("wild-512MiB-off", beyond, 512 << 20, INVALID),
	ROWS("wild-3GiB-off", beyond, (size_t)3 << 30, INVALID),
	{ "realloc-inside-64-to-nothing", inside_to_nothing, 64,
	  "interior free" },
	{ "realloc-static", of_stack_grow, 32, SIN_LIBC },
};

int main(int argc, char **argv)
{
	return sin_main(argc, argv, sins, sizeof(sins) / sizeof(*sins));
}
