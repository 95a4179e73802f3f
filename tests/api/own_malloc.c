/* SPDX-License-Identifier: MIT */
/*
 * own_malloc.c - a program that exports a malloc of its own, as browsers and
 * runtimes do: the program, libc and the loader use that one, and ours stays
 * out of the way.
 */
#include <dlfcn.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "../ktap.h"

#define POOL	((size_t)256 << 20)

static char pool[POOL] __attribute__((aligned(4096)));
static atomic_size_t top;
static atomic_long frees, strangers;

static bool mine(const void *block)
{
	return (const char *)block >= pool && (const char *)block < pool + POOL;
}

/* A bump allocator with the size before each block. */
void *memalign(size_t align, size_t size)
{
	size_t need, at;

	if (align < 16)
		align = 16;
	need = size + align + 32;
	at = atomic_fetch_add(&top, (need + 15) & ~(size_t)15);
	if (size > POOL || at + need > POOL) {
		errno = ENOMEM;
		return NULL;
	}
	at = (at + 16 + align - 1) & ~(align - 1);
	memcpy(pool + at - 8, &size, 8);
	return pool + at;
}

void *malloc(size_t size)
{
	return memalign(16, size);
}

size_t malloc_usable_size(void *block)
{
	size_t size;

	if (!block)
		return 0;
	memcpy(&size, (char *)block - 8, 8);
	return size;
}

void *calloc(size_t count, size_t size)
{
	return memalign(16, count * size);	/* never used twice: zero */
}

void free(void *block)
{
	if (block && !mine(block))
		strangers++;
	frees++;
}

void *realloc(void *block, size_t size)
{
	char *moved = malloc(size);
	size_t old = malloc_usable_size(block);

	if (block && moved)
		memcpy(moved, block, old < size ? old : size);
	free(block);
	return moved;
}

int posix_memalign(void **memptr, size_t align, size_t size)
{
	*memptr = memalign(align, size);
	return *memptr ? 0 : ENOMEM;
}

void *aligned_alloc(size_t align, size_t size)
{
	return memalign(align, size);
}

static void *threaded(void *arg)
{
	char *text = strdup("a thread's");

	arg = mine(text) ? arg : NULL;
	free(text);
	return arg;
}

int main(int argc, char **argv)
{
	pthread_t thread;
	void *lib, *ret;
	int bad = 0;
	char *text = NULL;
	size_t room = 0;
	FILE *file;

	(void)argc;
	ktap_preload(argv);
	ksft_print_header();
	ksft_set_plan(5);
	text = strdup("text");
	ksft_test_result(mine(text), "libc allocates from the program's malloc");
	free(text);
	text = NULL;
	file = fopen("/proc/self/maps", "r");
	while (getline(&text, &room, file) > 0)
		bad += !mine(text);
	fclose(file);
	free(text);
	ksft_test_result(!bad, "stdio as well");
	for (int i = 0; i < 50; i++) {
		ret = NULL;
		pthread_create(&thread, NULL, threaded, pool);
		pthread_join(thread, &ret);
		bad += !ret;
	}
	ksft_test_result(!bad, "and threads");
	lib = dlopen("libm.so.6", RTLD_NOW);
	ksft_test_result(lib && !dlclose(lib), "and the loader");
	ksft_test_result(frees > 50 && !strangers,
			 "free is given the program's blocks only (%ld others)",
			 strangers);
	return ksft_finished();
}
