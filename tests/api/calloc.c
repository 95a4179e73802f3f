/* SPDX-License-Identifier: MIT */
/*
 * calloc.c - zero, whatever the memory was before: dirty and free, dirty to
 * the end of its usable size, mlocked, handed over by threads, large, trimmed.
 */
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/mman.h>

#include "../ktap.h"

static size_t sizes[] = {
	1, 16, 24, 100, 128, 129, 1000, 4000, 4096, 16384, 20000, 100000,
	262144, 524288, 524289, 1 << 20, 3 << 19, (2 << 20) - 1, 2 << 20,
	3 << 20, 10 << 20, 40 << 20,
};

#define SIZES	(sizeof(sizes) / sizeof(*sizes))
#define BLOCKS	64

static bool is_zero(const unsigned char *block, size_t size)
{
	return !size || (!block[0] && !memcmp(block, block + 1, size - 1));
}

static int blocks_of(size_t size)
{
	return size < 100000 ? BLOCKS : size < 4 << 20 ? 8 : 2;
}

/* Fills blocks of a size to their usable end and frees them. */
static void dirty(size_t size, bool lock)
{
	void *block[BLOCKS];
	int count = blocks_of(size);

	for (int i = 0; i < count; i++) {
		size_t usable;

		block[i] = malloc(size);
		if (!block[i])
			ksft_exit_fail_msg("malloc(%zu)", size);
		usable = malloc_usable_size(block[i]);
		memset(block[i], 0xa5, usable);
		if (lock)
			mlock(block[i], usable);
	}
	for (int i = 0; i < count; i++)
		free(block[i]);
}

static size_t not_zero(size_t size)
{
	unsigned char *block[BLOCKS];
	int count = blocks_of(size);
	size_t bad = 0;

	for (int i = 0; i < count; i++) {
		block[i] = calloc(i % 2 ? 1 : size, i % 2 ? size : 1);
		if (!block[i])
			ksft_exit_fail_msg("calloc(%zu)", size);
		bad += !is_zero(block[i], size);
		memset(block[i], 0x77, size);
	}
	for (int i = 0; i < count; i++)
		free(block[i]);
	if (bad)
		ksft_print_msg("%zu of %d blocks of %zu not zero", bad, count,
			       size);
	return bad;
}

static void after_free(void)
{
	size_t fresh = 0, used = 0;

	for (size_t i = 0; i < SIZES; i++)
		fresh += not_zero(sizes[i]);
	for (size_t i = 0; i < SIZES; i++) {
		dirty(sizes[i], false);
		used += not_zero(sizes[i]);
	}
	/* dirtied as one size, asked for as another */
	for (size_t i = 0; i < SIZES; i++) {
		dirty(sizes[SIZES - 1 - i], false);
		used += not_zero(sizes[i]);
	}
	ksft_test_result(!fresh, "calloc of fresh memory is zero");
	ksft_test_result(!used, "calloc of memory freed dirty is zero");
}

static void after_trim(void)
{
	size_t bad = 0;

	for (size_t i = 0; i < SIZES; i++) {
		dirty(sizes[i], false);
		malloc_trim(0);
		bad += not_zero(sizes[i]);
	}
	ksft_test_result(!bad, "calloc after malloc_trim is zero");
}

/* MADV_DONTNEED fails on locked pages, and what was there stays there. */
static void after_mlock(void)
{
	size_t bad = 0;
	char probe[4096] = "";

	if (mlock(probe, sizeof(probe))) {
		ksft_test_result_skip("no mlock here", "calloc after mlock");
		return;
	}
	for (size_t i = 0; i < SIZES; i++) {
		dirty(sizes[i], true);
		malloc_trim(0);
		bad += not_zero(sizes[i]);
		bad += not_zero(sizes[i]);
	}
	munlockall();
	ksft_test_result(!bad, "calloc of memory freed while locked is zero");
}

static void *free_list_of(void *arg)
{
	void **list = arg;

	for (int i = 0; i < 1000; i++)
		free(list[i]);
	for (int i = 0; i < 1000; i++) {
		list[i] = malloc((size_t)(i % 40) * 53 + 1);
		memset(list[i], 0xee, malloc_usable_size(list[i]));
	}
	return NULL;
}

/* Blocks dirtied by one thread, freed by another, asked for by a third. */
static void after_threads(void)
{
	static void *list[1000];
	size_t bad = 0;

	for (int round = 0; round < 30; round++) {
		pthread_t thread;

		if (pthread_create(&thread, NULL, free_list_of, list))
			ksft_exit_fail_msg("pthread_create");
		pthread_join(thread, NULL);
		for (int i = 0; i < 1000; i++)
			free(list[i]);
		for (int i = 0; i < 1000; i++) {
			size_t size = (size_t)(i % 40) * 53 + 1;

			list[i] = calloc(1, size);
			bad += !is_zero(list[i], size);
			memset(list[i], 0xdd, malloc_usable_size(list[i]));
		}
	}
	for (int i = 0; i < 1000; i++)
		free(list[i]);
	ksft_test_result(!bad, "calloc of memory from other threads is zero");
}

/* A large calloc need not touch its pages: a table mostly empty stays cheap. */
static void lazy(void)
{
	size_t size = (size_t)1 << 30;
	unsigned char *block = calloc(1, size);
	size_t bad = 0;

	for (size_t at = 0; block && at < size; at += 16 << 20)
		bad += block[at] != 0;
	ksft_test_result(block && !bad, "calloc of 1 GiB");
	free(block);
}

int main(int argc, char **argv)
{
	(void)argc;
	ktap_preload(argv);
	ksft_print_header();
	ksft_set_plan(6);
	after_free();
	after_trim();
	after_mlock();
	after_threads();
	lazy();
	return ksft_finished();
}
