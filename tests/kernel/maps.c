/* SPDX-License-Identifier: MIT */
/*
 * maps.c - the number of mappings: few of our own, and at max_map_count
 * malloc says ENOMEM, free keeps errno, and nothing aborts.
 *
 * Hazard 53.  Run as `maps CYCLES` for the long form of the realloc cycles.
 */
#include "mix.h"

#include <malloc.h>

#define MOST_VMAS	64
#define HALF_BYTES	(20 * KIB)
#define HALF_NR		(128 * MIB / HALF_BYTES)

static unsigned char *half[HALF_NR];

static int few_more(long before, const char *when)
{
	long more = count_vmas() - before;

	ksft_print_msg("%+ld mappings %s", more, when);
	return more > MOST_VMAS;
}

/* frees every other block, then the other half; or a random half */
static int half_free(long random)
{
	uint64_t rng = 88172645463325252u;
	long before;
	int bad;

	for (size_t i = 0; i < HALF_NR; i++) {
		half[i] = malloc(HALF_BYTES);
		if (!half[i])
			return 1;
		memset(half[i], 1, HALF_BYTES);
	}
	before = count_vmas();
	for (size_t i = 0; i < HALF_NR; i++) {
		rng = rng * 6364136223846793005u + 1442695040888963407u;
		if (random ? rng >> 63 : i & 1) {
			free(half[i]);
			half[i] = NULL;
		}
	}
	bad = few_more(before, "after the first half");
	for (size_t i = 0; i < HALF_NR; i++)
		free(half[i]);
	return bad | few_more(before, "after the second half");
}

/* grown by realloc from 32 MiB on and freed, others alive in between */
static int grow_cycles(long cycles)
{
	char *held[4] = { 0 };
	long before = 0;

	alarm(300 + (unsigned int)(cycles / 20));
	for (long i = 0; i < cycles; i++) {
		size_t bytes = 32 * MIB + (size_t)(i % 5) * 64 * KIB;
		char *block = malloc(bytes), *more = block;

		if (block)
			*block = 1;
		for (int step = 0; more && step < 3; step++) {
			block = more;
			more = realloc(block, bytes += 12 * MIB);
		}
		if (!more || *more != 1)
			return 1;
		free(held[i % 4]);
		held[i % 4] = more;
		if (i == cycles / 20)
			before = count_vmas();
	}
	return few_more(before, "after the cycles");
}

/* uses up the mappings of this process but SLACK; the base, or NULL */
static char *fill_maps(long slack, size_t *ret_bytes)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t pages = 400000, last = 1;
	char *base = mmap(NULL, pages * page, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (base == MAP_FAILED)
		return NULL;
	/* each splits off two, then one more at the end if there is room */
	while (last < pages - 4 &&
	       !mprotect(base + last * page, page, PROT_READ))
		last += 2;
	if (last >= pages - 4) {
		munmap(base, pages * page);
		return NULL;
	}
	mprotect(base + (pages - 1) * page, page, PROT_READ);
	for (long i = 0; i < (slack + 1) / 2; i++)
		mprotect(base + (2 * i + 1) * page, page, PROT_NONE);
	if (slack & 1)
		mprotect(base, page, PROT_READ);
	*ret_bytes = pages * page;
	return base;
}

static void check_free(struct mix *m, void *block)
{
	errno = SENTINEL;
	free(ktap_opaque(block));
	if (errno != SENTINEL)
		mix_wrong(m, "free changed errno", 0);
}

/* blocks of every size go and come while nothing can be split */
static int full(long slack)
{
	static struct mix m;
	unsigned char *big[16];
	size_t bytes;
	char *base;

	mix_run(&m, 2000);
	for (int i = 0; i < 16; i++) {
		big[i] = malloc((size_t)(i + 1) * 5 * MIB / 2);
		if (!big[i])
			return 1;
		big[i][0] = 1;
	}
	base = fill_maps(slack, &bytes);
	if (!base)
		return SKIPPED;
	for (int i = 0; i < 16; i += 2) {
		/* the last two stay large: they will be moved by mremap */
		unsigned char *less = i < 12 ? realloc(big[i], MIB) : NULL;

		if (less)
			big[i] = less;
		check_free(&m, big[i + 1]);
	}
	mix_run(&m, 3000);
	malloc_trim(0);
	for (int i = 0; i < 16; i += 2) {
		unsigned char *more = realloc(big[i], 64 * MIB);

		if (!more && errno != ENOMEM)
			mix_wrong(&m, "realloc NULL without ENOMEM", 64 * MIB);
		big[i] = more ? more : big[i];
		if (big[i][0] != 1)
			mix_wrong(&m, "realloc lost contents", 64 * MIB);
	}
	for (int i = 0; i < 16; i += 2)
		check_free(&m, big[i]);
	munmap(base, bytes);
	ksft_print_msg("%ld refused while full", m.refused);
	m.refused = 0;		/* up to here it may; from here on it may not */
	mix_run(&m, 2000);
	return mix_end(&m, false);
}

int main(int argc, char **argv)
{
	long cycles = argc > 1 ? atol(argv[1]) : 1000;
	char name[64];

	ktap_preload(argv);
	in_child(half_free, 0, "128 MiB of 20 KiB blocks, every other freed");
	in_child(half_free, 1, "128 MiB of 20 KiB blocks, a random half freed");
	snprintf(name, sizeof(name), "%ld times grown beyond 32 MiB", cycles);
	in_child(grow_cycles, cycles, name);
	for (long slack = 0; slack < 8; slack += slack < 2 ? 1 : 3) {
		snprintf(name, sizeof(name), "max_map_count, %ld to spare",
			 slack);
		in_child(full, slack, name);
	}
	return ksft_finished();
}
