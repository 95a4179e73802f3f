/* SPDX-License-Identifier: MIT */
/*
 * realloc.c - content kept across every change of size, within a size regime
 * and over its borders (small, medium, run of superslabs, mremap), the whole
 * usable size copied, and the idioms around 0 and NULL.
 */
#include <malloc.h>
#include <stdint.h>

#include "../ktap.h"

/* Both sides of each regime's border: class to class, slab to run, 512 KiB,
 * 2 MiB, and 32 MiB where growth is by mremap. */
static size_t steps[] = {
	1, 15, 16, 17, 128, 129, 1000, 4096, 4097, 16384, 16385, 65536,
	512 << 10, (512 << 10) + 1, 1 << 20, (2 << 20) - 1, 2 << 20,
	(2 << 20) + 1, 5 << 20, (32 << 20) - 1, 32 << 20, (32 << 20) + 4097,
	64 << 20, (100 << 20) + 1,
};

#define STEPS	(sizeof(steps) / sizeof(*steps))
#define BIGGEST	(STEPS - 6)

/* Each word says where it is, so that bytes moved by a few places show. */
static uint64_t word(size_t at, uint64_t seed)
{
	return (at + seed) * 0x9e3779b97f4a7c15u;
}

static void fill(unsigned char *block, size_t size, uint64_t seed)
{
	size_t at = 0;

	for (uint64_t now; at + 8 <= size; at += 8) {
		now = word(at, seed);
		memcpy(block + at, &now, 8);
	}
	for (; at < size; at++)
		block[at] = (unsigned char)word(at, seed);
}

/* Returns 1 + the first offset which is not as fill() left it, or 0. */
static size_t differs(const unsigned char *block, size_t filled, size_t size,
		      uint64_t seed)
{
	size_t at = 0;

	for (uint64_t now; at + 8 <= filled && at + 8 <= size; at += 8) {
		now = word(at, seed);
		if (memcmp(block + at, &now, 8))
			return at + 1;
	}
	for (; at < size && filled - at < 8; at++)
		if (block[at] != (unsigned char)word(at, seed))
			return at + 1;
	return 0;
}

static size_t one_change(size_t from, size_t to, bool usable)
{
	unsigned char *block = malloc(from), *moved;
	size_t have, kept, where;
	bool unaligned;

	if (!block)
		return 1;
	have = usable ? malloc_usable_size(block) : from;
	fill(block, have, from);
	moved = realloc(block, to);
	if (!moved) {
		free(block);
		ksft_print_msg("realloc %zu -> %zu failed", from, to);
		return 1;
	}
	/* what was written beyond the request survives growth and shrinking */
	kept = have < to ? have : to;
	where = differs(moved, have, kept, from);
	if (where)
		ksft_print_msg("realloc %zu -> %zu: byte %zu of %zu changed",
			       from, to, where - 1, kept);
	moved[0] = moved[to - 1] = 1;
	unaligned = (uintptr_t)moved % 16;
	free(moved);
	return where || unaligned;
}

static void all_pairs(void)
{
	size_t bad = 0, bad_usable = 0;

	for (size_t i = 0; i < STEPS; i++)
		for (size_t j = 0; j < STEPS; j++) {
			/* among the biggest, from each to the next is enough */
			if ((i > j ? j : i) > BIGGEST && i != j + 1 &&
			    j != i + 1)
				continue;
			bad += one_change(steps[i], steps[j], false);
			if (i < BIGGEST && j < BIGGEST)
				bad_usable += one_change(steps[i], steps[j],
							 true);
		}
	ksft_test_result(!bad, "every change of size keeps the bytes");
	ksft_test_result(!bad_usable, "all of the usable size is copied");
}

/* One block up the ladder and down again, others made and freed around it. */
static void ladder(void)
{
	unsigned char *block = malloc(1);
	size_t bad = 0, size = 1;

	fill(block, size, 42);
	for (int up = 1; up >= 0; up--)
		while (up ? size < 50 << 20 : size > 1) {
			size_t next = up ? size + size / 2 + 1 : size * 2 / 3;
			void *other = malloc(size / 2 + 1);

			block = realloc(block, next);
			if (!block)
				ksft_exit_fail_msg("realloc(%zu)", next);
			bad += differs(block, size, size < next ? size : next,
				       42) != 0;
			fill(block, next, 42);
			size = next;
			free(other);
		}
	free(block);
	ksft_test_result(!bad, "one block grown to 50 MiB and shrunk again");
}

/* By little steps, as a reader of a stream does it. */
static void little_steps(void)
{
	size_t bad = 0;

	for (size_t step = 1; step < 100000; step = step * 10 + 7) {
		unsigned char *block = NULL;
		size_t size = 0;

		for (int i = 0; i < 2000; i++) {
			block = realloc(block, size + step);
			if (!block)
				ksft_exit_fail_msg("realloc(%zu)", size);
			memset(block + size, i, step);
			size += step;
		}
		for (size_t at = 0; at < size; at++)
			bad += block[at] != (unsigned char)(at / step);
		free(block);
	}
	ksft_test_result(!bad, "2000 little steps of growth");
}

static void big_growth(void)
{
	size_t size = 33 << 20, bad = 0;
	unsigned char *block = malloc(size);

	if (!block)
		ksft_exit_fail_msg("malloc(%zu)", size);
	fill(block, size, 3);
	for (int i = 0; i < 4; i++) {
		unsigned char *blocker = malloc(2 << 20);

		block = realloc(block, size + ((size_t)40 << 20));
		if (!block)
			ksft_exit_fail_msg("realloc to %zu", size);
		size += (size_t)40 << 20;
		block[size - 1] = 1;
		bad += differs(block, 33 << 20, 33 << 20, 3) != 0;
		free(blocker);
	}
	free(block);
	block = calloc(1, 300 << 20);
	for (size_t at = 0; at < (size_t)300 << 20; at += 4096)
		bad += block[at] || block[at + 4095];
	free(block);
	ksft_test_result(!bad, "growth by mremap; calloc there after is zero");
}

static void idioms(void)
{
	void *block = realloc(NULL, ktap_opaque((size_t)0));
	size_t given = 0;

	ksft_test_result(block != NULL, "realloc(NULL, 0) is malloc(0)");
	free(block);
	for (size_t i = 0; i < STEPS; i++) {
		errno = 0;
		block = realloc(malloc(steps[i]), ktap_opaque((size_t)0));
		given += block || errno;
		if (block || errno)
			ksft_print_msg("realloc(malloc(%zu), 0) = %p, errno %d",
				       steps[i], block, errno);
		if (block)
			free(block);
	}
	ksft_test_result(!given, "realloc(p, 0) is NULL, errno untouched");
	block = reallocarray(NULL, 3, 5);
	ksft_test_result(block && malloc_usable_size(block) >= 15,
			 "reallocarray(NULL, 3, 5)");
	memset(block, 9, 15);
	block = reallocarray(block, 1000, 1000);
	ksft_test_result(block && ((char *)block)[14] == 9,
			 "reallocarray grows");
	block = reallocarray(block, 0, 5);
	ksft_test_result(!block, "reallocarray(p, 0, n) is NULL");
	free(block);
}

/* p = realloc(p, 0) a million times: it must free, not hoard. */
static void zero_frees(void)
{
	size_t before, after;

	before = mallinfo2().uordblks;
	for (int i = 0; i < 100000; i++) {
		void *block = realloc(malloc(1000), ktap_opaque((size_t)0));

		if (block)
			free(block);
	}
	after = mallinfo2().uordblks;
	ksft_test_result(after < before + (8 << 20),
			 "realloc(p, 0) frees (%zu -> %zu in use)", before,
			 after);
}

int main(int argc, char **argv)
{
	(void)argc;
	ktap_preload(argv);
	ksft_print_header();
	ksft_set_plan(11);
	all_pairs();
	ladder();
	little_steps();
	big_growth();
	idioms();
	zero_frees();
	return ksft_finished();
}
