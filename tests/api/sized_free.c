/* SPDX-License-Identifier: MIT */
/*
 * sized_free.c - C23's free_sized and free_aligned_sized, and the old cfree,
 * found by dlsym because glibc has none of them (2.36).
 */
#include <dlfcn.h>
#include <malloc.h>
#include <stdint.h>

#include "../ktap.h"

static void (*free_sized_fn)(void *, size_t);
static void (*free_aligned_sized_fn)(void *, size_t, size_t);
static void (*cfree_fn)(void *);

/* Frees blocks that the sized form was told of, and sees them used again:
 * if the call did nothing, memory in use would grow by a gigabyte. */
static void sized(void)
{
	size_t before, after;

	if (!free_sized_fn) {
		ksft_test_result_fail("free_sized is exported");
		return;
	}
	before = mallinfo2().uordblks;
	for (size_t i = 0; i < 100000; i++) {
		size_t size = i % 20000;
		void *block = i % 3 ? malloc(size) : calloc(1, size);

		if (i % 7 == 0) {
			size += 100;
			block = realloc(block, size);
		}
		free_sized_fn(block, size);
	}
	free_sized_fn(malloc(1 << 20), 1 << 20);
	free_sized_fn(malloc(20 << 20), 20 << 20);
	free_sized_fn(NULL, 0);
	after = mallinfo2().uordblks;
	ksft_test_result(after < before + (64 << 20), "free_sized");
}

static void aligned(void)
{
	size_t before, after;

	if (!free_aligned_sized_fn) {
		ksft_test_result_fail("free_aligned_sized is exported");
		return;
	}
	before = mallinfo2().uordblks;
	for (size_t i = 0; i < 20000; i++) {
		size_t align = (size_t)1 << i % 15;
		size_t size = i % 3000 * align % 300000;

		free_aligned_sized_fn(aligned_alloc(align, size), align, size);
	}
	free_aligned_sized_fn(aligned_alloc(4 << 20, 4 << 20), 4 << 20,
			      4 << 20);
	free_aligned_sized_fn(NULL, 16, 0);
	after = mallinfo2().uordblks;
	ksft_test_result(after < before + (64 << 20), "free_aligned_sized");
}

static void old_free(void)
{
	if (!cfree_fn) {
		ksft_test_result_fail("cfree is exported");
		return;
	}
	for (size_t i = 0; i < 10000; i++)
		cfree_fn(calloc(1, i));
	cfree_fn(NULL);
	ksft_test_result_pass("cfree");
}

/* Programs pass wrong sizes; that may be found out but never do harm. */
static void wrong_size(void)
{
	unsigned char *block[200];
	size_t bad = 0;

	if (!free_sized_fn) {
		ksft_test_result_fail("a wrong size does no harm");
		return;
	}
	for (int i = 0; i < 200; i++)
		block[i] = malloc(48);
	for (int i = 0; i < 200; i += 2)
		free_sized_fn(block[i], i % 4 ? 20 : 4000);
	for (int i = 0; i < 200; i += 2)
		block[i] = malloc(i % 4 ? 20 : 4000);
	for (int i = 0; i < 200; i++)
		memset(block[i], i, i % 2 ? 48 : i % 4 ? 20 : 4000);
	for (int i = 0; i < 200; i++) {
		size_t size = i % 2 ? 48 : i % 4 ? 20 : 4000;

		for (size_t at = 0; at < size; at++)
			bad += block[i][at] != i;
		free(block[i]);
	}
	ksft_test_result(!bad, "a wrong size does no harm");
}

int main(int argc, char **argv)
{
	(void)argc;
	ktap_preload(argv);
	free_sized_fn = (void (*)(void *, size_t))dlsym(RTLD_DEFAULT,
							"free_sized");
	free_aligned_sized_fn = (void (*)(void *, size_t, size_t))
		dlsym(RTLD_DEFAULT, "free_aligned_sized");
	cfree_fn = (void (*)(void *))dlsym(RTLD_DEFAULT, "cfree");
	if (!ktap_is_hakmem() && !free_sized_fn)
		ksft_exit_skip("this allocator has no sized free");
	ksft_print_header();
	ksft_set_plan(4);
	sized();
	aligned();
	old_free();
	wrong_size();
	return ksft_finished();
}
