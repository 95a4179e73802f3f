/* SPDX-License-Identifier: MIT */
/*
 * foreign.c - pointers that no malloc of ours ever returned: libc's blocks are
 * survived, what libc does not know it refuses itself, and addresses in our
 * window where no block is are told at once.
 */
#include <malloc.h>
#include <pthread.h>
#include <sys/mman.h>

#include "sin.h"

extern void *__libc_malloc(size_t size);
extern void *__libc_memalign(size_t align, size_t size);

static char global[256] __attribute__((aligned(16)));

static void libc_block(size_t size)
{
	char *a = __libc_malloc(size);

	memset(a, 1, size);
	sin_free(a);
	sin_free(__libc_memalign(256, size));
}

static void libc_realloc(size_t size)
{
	char *a = __libc_malloc(size);

	memset(a, 1, size);
	a = realloc(ktap_opaque(a), size * 2);
	if (!a || a[size - 1] != 1)
		sin_exploited("realloc lost the bytes");
	a = realloc(ktap_opaque(a), size / 2 + 1);
	if (!a || a[size / 2] != 1)
		sin_exploited("realloc lost the bytes");
	sin_free(a);
	if (malloc_usable_size(a = __libc_malloc(size)) < size)
		sin_exploited("usable size under the request");
	sin_free(a);
}

static void libc_twice(size_t size)
{
	void *a = __libc_malloc(size);

	sin_free(a);
	sin_free(a);
}

static void *end(void *block)
{
	sin_free(block);
	return NULL;
}

static void libc_by_thread(size_t size)
{
	pthread_t thread;

	pthread_create(&thread, NULL, end, __libc_malloc(size));
	pthread_join(thread, NULL);
}

static void libc_inside(size_t size)
{
	char *a = __libc_malloc(size);

	memset(a, 0, size);
	sin_free(a + 16);
}

static void of_stack(size_t at)
{
	char local[256] __attribute__((aligned(16)));

	memset(local, 0, sizeof(local));
	sin_free(local + at);
}

static void of_global(size_t at)
{
	sin_free(global + at);
}

static void of_function(size_t at)
{
	sin_free((char *)(uintptr_t)of_function + at);
}

static void of_mapping(size_t at)
{
	char *map = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	sin_free(map + at);
}

static void wild(size_t address)
{
	sin_free((void *)address);
}

/* Addresses within the window: derived from one that a block had. */
static void where_was_huge(size_t at)
{
	char *a = sin_malloc(200 << 20);

	sin_free(a);
	sin_free(sin_names(a + at));
}

static void beyond_all(size_t distance)
{
	char *a = sin_malloc(100);

	sin_free(sin_names((char *)((uintptr_t)a & ~(uintptr_t)15) +
			   distance));
}

static void realloc_beyond(size_t distance)
{
	char *a = sin_malloc(100), *b;

	b = realloc(sin_names(a + distance), 200);
	sin_free(b);
}

static void size_beyond(size_t distance)
{
	char *a = sin_malloc(100);

	/* not checked, but not fatal by a signal of the CPU either */
	if (malloc_usable_size(sin_names(a + distance)) == 12345)
		sin_exploited("a size for no block");
}

static void below_first(size_t distance)
{
	char *a = sin_malloc(64);
	uintptr_t slab = (uintptr_t)a & ~(uintptr_t)((2 << 20) - 1);

	sin_free(sin_names((char *)(slab + (2 << 20) - distance)));
}

#define AT_ONCE		"invalid free|interior free"

static const struct sin sins[] = {
	{ "libc-block-40", libc_block, 40, SIN_SURVIVED },
	{ "libc-block-100000", libc_block, 100000, SIN_SURVIVED },
	{ "libc-block-10MiB", libc_block, 10 << 20, SIN_SURVIVED },
	{ "libc-realloc-40", libc_realloc, 40, SIN_SURVIVED },
	{ "libc-realloc-100000", libc_realloc, 100000, SIN_SURVIVED },
	{ "libc-realloc-10MiB", libc_realloc, 10 << 20, SIN_SURVIVED },
	{ "libc-by-thread", libc_by_thread, 40, SIN_SURVIVED },
	{ "libc-twice-40", libc_twice, 40, SIN_LIBC },
	{ "libc-twice-10000", libc_twice, 10000, SIN_LIBC },
	{ "libc-inside", libc_inside, 200, SIN_LIBC },
	{ "stack", of_stack, 32, SIN_LIBC },
	{ "stack-8", of_stack, 40, SIN_LIBC },
	{ "global", of_global, 32, SIN_LIBC },
	{ "global-1", of_global, 33, SIN_LIBC },
	{ "function", of_function, 1, SIN_DIES },
	{ "mapping", of_mapping, 4096, SIN_LIBC },
	{ "wild-16", wild, 16, SIN_DIES },
	{ "wild-4096", wild, 4096, SIN_DIES },
	{ "wild-top", wild, ~(size_t)15, SIN_DIES },
	{ "wild-all-ones", wild, ~(size_t)0, SIN_DIES },
	{ "wild-non-canonical", wild, (size_t)0xdead << 48, SIN_DIES },
	{ "where-200MiB-was", where_was_huge, 0,
	  "double free|invalid free" },
	{ "where-200MiB-was+2MiB", where_was_huge, 2 << 20, AT_ONCE },
	{ "where-200MiB-was+100MiB", where_was_huge, 100 << 20, AT_ONCE },
	{ "where-200MiB-was+page", where_was_huge, 4096, AT_ONCE },
	{ "beyond-512MiB", beyond_all, 512 << 20, "invalid free" },
	{ "beyond-1GiB", beyond_all, 1 << 30, "invalid free" },
	{ "beyond-2GiB+16", beyond_all, ((size_t)2 << 30) + 16,
	  "invalid free" },
	{ "realloc-beyond-1GiB", realloc_beyond, 1 << 30, "invalid free" },
	{ "size-beyond-1GiB", size_beyond, 1 << 30,
	  SIN_SURVIVED "|invalid free" },
	{ "end-of-superslab", below_first, 16384, "invalid free" },
};

int main(int argc, char **argv)
{
	return sin_main(argc, argv, sins, sizeof(sins) / sizeof(*sins));
}
