/* SPDX-License-Identifier: MIT */
/*
 * align.c - aligned_alloc, memalign, posix_memalign, valloc and pvalloc: the
 * alignment asked for, from 1 byte to 2^40, and what is refused.
 */
#include <malloc.h>
#include <stdint.h>
#include <sys/resource.h>

#include "../ktap.h"
#include "../ktap_run.h"

static void *by_posix(size_t align, size_t size)
{
	void *block = NULL;

	return posix_memalign(&block, align, size) ? NULL : block;
}

static void *by_aligned(size_t align, size_t size)
{
	return aligned_alloc(align, size);
}

static void *by_memalign(size_t align, size_t size)
{
	return memalign(align, size);
}

static const struct way {
	const char *name;
	void *(*get)(size_t align, size_t size);
	size_t least;
} ways[] = {
	{ "posix_memalign", by_posix, sizeof(void *) },
	{ "aligned_alloc", by_aligned, 1 },
	{ "memalign", by_memalign, 1 },
};

/* Sixteen blocks of a kind alive at once, filled, compared, then freed. */
static size_t bad_blocks(const struct way *way, size_t align, size_t size)
{
	unsigned char *block[16];
	size_t bad = 0;

	for (int i = 0; i < 16; i++) {
		block[i] = way->get(align, size);
		if (!block[i] || (uintptr_t)block[i] % align ||
		    (uintptr_t)block[i] % 16 ||
		    malloc_usable_size(block[i]) < size)
			bad++;
		else
			memset(block[i], i + 1, size);
	}
	for (int i = 0; i < 16; i++) {
		for (size_t at = 0; block[i] && at < size; at += 61)
			bad += block[i][at] != i + 1;
		free(block[i]);
	}
	return bad;
}

static void sweep(const struct way *way)
{
	static const size_t sizes[] = { 0, 1, 8, 16, 17, 100, 1000, 4096, 5000,
					16384, 70000, 300000 };
	size_t bad = 0;

	for (size_t align = way->least; align <= 1 << 21; align *= 2)
		for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
			size_t wrong = bad_blocks(way, align, sizes[i]);

			if (wrong)
				ksft_print_msg("%s(%zu, %zu): %zu wrong",
					       way->name, align, sizes[i],
					       wrong);
			bad += wrong;
		}
	ksft_test_result(!bad, "%s from %zu to 2 MiB", way->name, way->least);
}

static void huge(const struct way *way)
{
	size_t bad = 0;

	for (int shift = 21; shift <= 33; shift++) {
		size_t align = (size_t)1 << shift;
		size_t size = shift % 2 ? 100 : (size_t)3 << 20;
		unsigned char *one = way->get(align, size);
		unsigned char *two = way->get(align, size);

		if (!one || !two || one == two || (uintptr_t)one % align ||
		    (uintptr_t)two % align) {
			ksft_print_msg("%s(2^%d, %zu): %p, %p", way->name,
				       shift, size, (void *)one, (void *)two);
			bad++;
		} else {
			one[0] = one[size - 1] = 1;
			two[0] = two[size - 1] = 2;
			bad += one[0] != 1 || one[size - 1] != 1;
		}
		free(one);
		free(two);
	}
	ksft_test_result(!bad, "%s from 2 MiB to 8 GiB", way->name);
}

/* An alignment of up to a terabyte is met or refused; it never does harm. */
static int tera(void *limited)
{
	struct rlimit limit = { (rlim_t)1 << 30, (rlim_t)1 << 30 };
	int bad = 0;

	if (limited && setrlimit(RLIMIT_AS, &limit))
		return 2;
	for (int shift = 34; shift <= 40; shift++) {
		size_t align = (size_t)1 << shift;
		unsigned char *block;

		errno = 0;
		block = aligned_alloc(align, 5000);
		if (block) {
			bad += (uintptr_t)block % align != 0;
			memset(block, 7, 5000);
		} else {
			bad += errno != ENOMEM;
		}
		free(block);
	}
	free(malloc(100000));
	return bad != 0;
}

static void teras(void)
{
	struct ktap_run run;

	ktap_run_fork(&run, tera, NULL, 60);
	ktap_run_result(&run, "alignments to 2^40 are met or ENOMEM");
	ktap_run_fork(&run, tera, &run, 60);
	ktap_run_result(&run, "the same under RLIMIT_AS of 1 GiB");
}

/* Growing, shrinking and copying do not need the alignment, only the bytes. */
static void realloc_aligned(void)
{
	size_t bad = 0;

	for (int shift = 4; shift <= 24; shift++)
		for (size_t size = 1; size < 9000000; size = size * 7 + 1) {
			size_t next = size < 1000 ? size * 100 : size / 3;
			size_t kept = next < size ? next : size;
			unsigned char *block = memalign((size_t)1 << shift,
							size);

			if (!block) {
				bad++;
				continue;
			}
			memset(block, shift, size);
			block = realloc(block, next);
			if (!block) {
				bad++;
				continue;
			}
			for (size_t at = 0; at < kept; at += 13)
				bad += block[at] != shift;
			bad += block[kept - 1] != shift;
			free(block);
		}
	ksft_test_result(!bad, "realloc keeps the bytes of aligned blocks");
}

static void pages(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), bad = 0;

	for (size_t size = 0; size < 3 * page; size += 97) {
		char *block = valloc(size), *rounded = pvalloc(size);
		size_t whole = (size + page - 1) / page * page;

		bad += !block || (uintptr_t)block % page;
		bad += !rounded || (uintptr_t)rounded % page;
		bad += malloc_usable_size(rounded) < whole;
		if (rounded)
			memset(rounded, 1, whole);
		free(block);
		free(rounded);
	}
	ksft_test_result(!bad, "valloc and pvalloc give whole pages");
}

static void refused(void)
{
	static const size_t wrong[] = { 0, 3, 12, 24, 48, 100, 4097,
					((size_t)1 << 40) + 8, SIZE_MAX };
	size_t taken = 0, touched = 0, aligned = 0;
	char mark;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		void *block = &mark;
		size_t align = ktap_opaque(wrong[i]);

		errno = 77;
		taken += posix_memalign(&block, align, 64) != EINVAL;
		touched += block != &mark || errno != 77;
		errno = 0;
		block = aligned_alloc(align, 64);
		aligned += block || errno != EINVAL;
		if (block)
			ksft_print_msg("aligned_alloc(%zu) = %p", align, block);
	}
	for (size_t align = 1; align < sizeof(void *); align *= 2) {
		void *block = &mark;

		taken += posix_memalign(&block, ktap_opaque(align), 64) !=
			 EINVAL;
		touched += block != &mark;
	}
	ksft_test_result(!taken, "posix_memalign says EINVAL");
	ksft_test_result(!touched, "and leaves *memptr and errno alone");
	ksft_test_result(!aligned, "aligned_alloc says EINVAL");
}

/* memalign rounds up to a power of two, as glibc's does. */
static void memalign_rounds(void)
{
	size_t bad = 0;

	for (size_t align = 0; align < 5000; align += 7) {
		size_t wanted = 16;
		void *block = memalign(ktap_opaque(align), 100);

		while (wanted < align)
			wanted *= 2;
		bad += !block || (uintptr_t)block % wanted;
		free(block);
	}
	ksft_test_result(!bad, "memalign rounds up to a power of two");
}

int main(int argc, char **argv)
{
	(void)argc;
	ktap_preload(argv);
	ksft_print_header();
	ksft_set_plan(14);
	for (int i = 0; i < 3; i++)
		sweep(&ways[i]);
	for (int i = 0; i < 3; i++)
		huge(&ways[i]);
	teras();
	realloc_aligned();
	pages();
	refused();
	memalign_rounds();
	return ksft_finished();
}
