/* SPDX-License-Identifier: MIT */
/*
 * sizes.c - malloc of every size from 0 to 1 MiB and of big ones: aligned to
 * 16, as large as asked for, writable to the last byte, sharing nothing.
 */
#include <malloc.h>
#include <stdint.h>

#include "../ktap.h"

#define SWEEP	((size_t)1 << 20)
#define RING	64

static void fill(unsigned char *block, size_t size, unsigned char seed)
{
	if (!size)
		return;
	block[0] = seed;
	block[size / 2] = (unsigned char)(seed + 1);
	block[size - 1] = (unsigned char)(seed + 2);
}

static bool filled(const unsigned char *block, size_t size, unsigned char seed)
{
	if (size < 3)
		return true;	/* the three bytes lie on one another */
	return block[0] == seed &&
	       block[size / 2] == (unsigned char)(seed + 1) &&
	       block[size - 1] == (unsigned char)(seed + 2);
}

/*
 * Every size once, the last 64 of them alive together and looked at again
 * before they are freed: blocks that overlap destroy each other's marks.
 */
static void sweep(void)
{
	static unsigned char *block[RING];
	static size_t held[RING];
	size_t unaligned = 0, missing = 0, small = 0, changed = 0;

	for (size_t size = 0; size < SWEEP + RING; size++) {
		size_t at = size % RING;

		if (block[at]) {
			changed += !filled(block[at], held[at],
					   (unsigned char)held[at]);
			free(block[at]);
		}
		block[at] = NULL;
		if (size > SWEEP)
			continue;
		block[at] = malloc(size);
		held[at] = size;
		if (!block[at]) {
			missing++;
			continue;
		}
		unaligned += (uintptr_t)block[at] % 16 != 0;
		small += malloc_usable_size(block[at]) < size;
		fill(block[at], size, (unsigned char)size);
	}
	ksft_test_result(!missing, "malloc gives a block for every size");
	ksft_test_result(!unaligned, "every size is aligned to 16 (%zu not)",
			 unaligned);
	ksft_test_result(!small, "usable size is never under the request");
	ksft_test_result(!changed, "no block changes another's bytes");
}

static void sweep_calloc_realloc(void)
{
	size_t bad_calloc = 0, bad_realloc = 0;

	for (size_t size = 0; size <= SWEEP; size += size < 4096 ? 1 : 509) {
		unsigned char *zeroed = calloc(1, size);
		unsigned char *fresh = realloc(NULL, size);

		bad_calloc += !zeroed || (uintptr_t)zeroed % 16;
		bad_realloc += !fresh || (uintptr_t)fresh % 16;
		free(zeroed);
		free(fresh);
	}
	ksft_test_result(!bad_calloc, "calloc is aligned to 16");
	ksft_test_result(!bad_realloc, "realloc(NULL, n) is aligned to 16");
}

static void zero_is_unique(void)
{
	void *block[100];
	bool same = false, missing = false;

	for (int i = 0; i < 100; i++) {
		block[i] = i % 3 == 0 ? malloc(ktap_opaque((size_t)0)) :
			   i % 3 == 1 ? calloc(ktap_opaque((size_t)0), 8) :
					calloc(8, ktap_opaque((size_t)0));
		missing |= !block[i];
		for (int j = 0; j < i; j++)
			same |= block[i] == block[j];
	}
	ksft_test_result(!missing, "size 0 gives a pointer");
	ksft_test_result(!same, "blocks of size 0 are distinct");
	for (int i = 0; i < 100; i++)
		free(block[i]);
	free(NULL);
	ksft_test_result_pass("free(NULL)");
}

/* Around every power of two up to 4 GiB; only ends and middle are touched. */
static void big(void)
{
	size_t bad = 0;

	for (int shift = 20; shift <= 32; shift++) {
		for (int off = -17; off <= 17; off += 17) {
			size_t size = ((size_t)1 << shift) + (size_t)off;
			unsigned char *one = malloc(size), *two = malloc(size);

			if (!one || !two || one == two ||
			    (uintptr_t)one % 16 || (uintptr_t)two % 16 ||
			    malloc_usable_size(one) < size) {
				ksft_print_msg("size %zu: %p %p", size,
					       (void *)one, (void *)two);
				bad++;
			} else {
				fill(one, size, 1);
				fill(two, size, 100);
				bad += !filled(one, size, 1);
				bad += !filled(two, size, 100);
			}
			free(one);
			free(two);
		}
	}
	ksft_test_result(!bad, "sizes from 1 MiB to 4 GiB");
}

/* Blocks of one size, all alive: neighbours must not meet. */
static void neighbours(void)
{
	static unsigned char *block[2000];
	size_t bad = 0;

	for (size_t size = 1; size <= 40000; size += size / 3 + 1) {
		for (int i = 0; i < 2000; i++) {
			block[i] = malloc(size);
			if (block[i])
				memset(block[i], i, size);
		}
		for (int i = 0; i < 2000; i++) {
			for (size_t at = 0; block[i] && at < size; at += 7)
				bad += block[i][at] != (unsigned char)i;
			bad += !block[i];
			free(block[i]);
		}
	}
	ksft_test_result(!bad, "2000 full blocks of each size keep their bytes");
}

int main(int argc, char **argv)
{
	(void)argc;
	ktap_preload(argv);
	ksft_print_header();
	ksft_set_plan(11);
	sweep();
	sweep_calloc_realloc();
	zero_is_unique();
	big();
	neighbours();
	return ksft_finished();
}
