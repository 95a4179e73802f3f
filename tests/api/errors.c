/* SPDX-License-Identifier: MIT */
/*
 * errors.c - sizes no machine has, at every entry point: NULL and ENOMEM, the
 * old block kept, *memptr untouched; and products that overflow.
 */
#include <malloc.h>
#include <stdint.h>
#include <sys/resource.h>

#include "../ktap.h"
#include "../ktap_run.h"

#define TOP	((size_t)PTRDIFF_MAX)

/* Around 2^63 and 2^64, and where rounding to a page or a unit wraps. */
static size_t silly[] = {
	TOP + 1, TOP + 2, TOP + 4096, TOP + ((size_t)2 << 20), TOP / 2 * 3,
	SIZE_MAX - ((size_t)4 << 20), SIZE_MAX - ((size_t)2 << 20),
	SIZE_MAX - ((size_t)2 << 20) + 1, SIZE_MAX - 65536, SIZE_MAX - 16384,
	SIZE_MAX - 4096, SIZE_MAX - 4095, SIZE_MAX - 4094, SIZE_MAX - 64,
	SIZE_MAX - 32, SIZE_MAX - 31, SIZE_MAX - 16, SIZE_MAX - 15,
	SIZE_MAX - 14, SIZE_MAX - 8, SIZE_MAX - 7, SIZE_MAX - 1, SIZE_MAX,
};

/* Not above PTRDIFF_MAX, but more than any address space has. */
static size_t huge[] = {
	(size_t)1 << 48, (size_t)1 << 52, (size_t)1 << 56, (size_t)1 << 62,
	TOP - ((size_t)4 << 20), TOP - ((size_t)2 << 20), TOP - 65536,
	TOP - 4096, TOP - 4095, TOP - 16, TOP - 15, TOP - 1, TOP,
};

static void *do_malloc(size_t size) { return malloc(size); }
static void *do_calloc_1(size_t size) { return calloc(1, size); }
static void *do_calloc_n(size_t size) { return calloc(size, 1); }
static void *do_realloc(size_t size) { return realloc(NULL, size); }
static void *do_reallocarray(size_t size) { return reallocarray(NULL, size, 1); }
static void *do_valloc(size_t size) { return valloc(size); }
static void *do_pvalloc(size_t size) { return pvalloc(size); }
static void *do_memalign_16(size_t size) { return memalign(16, size); }
static void *do_memalign_page(size_t size) { return memalign(4096, size); }
static void *do_memalign_2m(size_t size) { return memalign(2 << 20, size); }
static void *do_memalign_top(size_t size) { return memalign(ktap_opaque(TOP + 1), size); }
static void *do_aligned_64(size_t size) { return aligned_alloc(64, size); }
static void *do_aligned_1g(size_t size) { return aligned_alloc(1 << 30, size); }

static void *do_posix(size_t size)
{
	void *block = (void *)0x1234;
	int err, saved = errno;

	err = posix_memalign(&block, 4096, size);
	if (!err)
		return block;
	if (block != (void *)0x1234 || errno != saved)
		ksft_print_msg("posix_memalign changed *memptr or errno");
	else
		errno = err;	/* it returns what the others put in errno */
	return NULL;
}

static const struct entry {
	const char *name;
	void *(*get)(size_t size);
} entries[] = {
	{ "malloc", do_malloc }, { "calloc(1, n)", do_calloc_1 },
	{ "calloc(n, 1)", do_calloc_n }, { "realloc(NULL)", do_realloc },
	{ "reallocarray(NULL)", do_reallocarray }, { "valloc", do_valloc },
	{ "pvalloc", do_pvalloc }, { "memalign(16)", do_memalign_16 },
	{ "memalign(4096)", do_memalign_page },
	{ "memalign(2 MiB)", do_memalign_2m },
	{ "memalign(2^63)", do_memalign_top },
	{ "aligned_alloc(64)", do_aligned_64 },
	{ "aligned_alloc(1 GiB)", do_aligned_1g },
	{ "posix_memalign", do_posix },
};

#define COUNT(a)	(sizeof(a) / sizeof(*(a)))

static size_t wrong_of(const struct entry *entry, size_t size)
{
	void *block;
	int err;

	errno = 0;
	block = entry->get(ktap_opaque(size));
	err = errno;
	if (!block && err == ENOMEM)
		return 0;
	ksft_print_msg("%s of %#zx gives %p, errno %d", entry->name, size,
		       block, err);
	if (block)
		free(block);
	return 1;
}

static void sweep(const struct entry *entry)
{
	size_t bad = 0;

	for (size_t i = 0; i < COUNT(silly); i++)
		bad += wrong_of(entry, silly[i]);
	for (size_t i = 0; i < COUNT(huge); i++)
		bad += wrong_of(entry, huge[i]);
	ksft_test_result(!bad, "%s: ENOMEM for what cannot be", entry->name);
}

static void realloc_keeps(void)
{
	static const size_t held[] = { 1, 100, 5000, 700000, 3 << 20,
				       40 << 20 };
	size_t bad = 0, lost = 0;

	for (size_t i = 0; i < COUNT(held); i++) {
		unsigned char *block = malloc(held[i]);

		if (!block)
			ksft_exit_fail_msg("malloc(%zu)", held[i]);
		memset(block, 0x5a, held[i]);
		for (size_t j = 0; j < COUNT(silly) + COUNT(huge); j++) {
			size_t size = j < COUNT(silly) ? silly[j] :
					huge[j - COUNT(silly)];

			errno = 0;
			bad += realloc(ktap_opaque(block), size) != NULL ||
			       errno != ENOMEM;
			errno = 0;
			bad += reallocarray(ktap_opaque(block), size, 3) !=
			       NULL || errno != ENOMEM;
		}
		for (size_t at = 0; at < held[i]; at++)
			lost += block[at] != 0x5a;
		free(block);
	}
	ksft_test_result(!bad, "realloc: ENOMEM for what cannot be");
	ksft_test_result(!lost, "and the old block is kept");
}

static void products(void)
{
	static size_t factor[] = { 2, 3, 16, 4095, 4096, 65537,
				   ((size_t)1 << 32) - 1, (size_t)1 << 32,
				   ((size_t)1 << 32) + 1, (size_t)1 << 33,
				   SIZE_MAX / 2, SIZE_MAX - 1, SIZE_MAX };
	size_t bad_calloc = 0, bad_array = 0;

	for (size_t i = 0; i < COUNT(factor); i++) {
		/* the smallest cofactor with which the product wraps */
		size_t other = SIZE_MAX / factor[i] + 1;
		size_t count[2] = { factor[i], other };

		if (factor[i] < 2 || !other)
			continue;
		for (int swap = 0; swap < 2; swap++) {
			void *block;

			errno = 0;
			block = calloc(ktap_opaque(count[swap]),
				       ktap_opaque(count[!swap]));
			bad_calloc += block || errno != ENOMEM;
			errno = 0;
			block = reallocarray(NULL, ktap_opaque(count[swap]),
					     ktap_opaque(count[!swap]));
			bad_array += block || errno != ENOMEM;
		}
	}
	ksft_test_result(!bad_calloc, "calloc: ENOMEM when the product wraps");
	ksft_test_result(!bad_array, "reallocarray: the same");
}

/* Under a limit: everything up to it can be had, and had again. */
static int limited(void *arg)
{
	struct rlimit limit = { 512 << 20, 512 << 20 };
	unsigned char *block[1024];
	int count[2] = { 0, 0 };

	(void)arg;
	if (setrlimit(RLIMIT_AS, &limit))
		return 2;
	for (int round = 0; round < 2; round++) {
		int n = 0;

		errno = 0;
		for (; n < 1024 && (block[n] = malloc(1 << 20)); n++)
			memset(block[n], n, 1 << 20);
		if (n < 1024 && errno != ENOMEM)
			return 3;
		count[round] = n;
		/* a block that cannot grow stays as it was */
		if (n > 10 && (realloc(ktap_opaque(block[5]), 600 << 20) ||
			       errno != ENOMEM || block[5][77] != 5))
			return 4;
		while (n > 0)
			free(block[--n]);
	}
	ksft_print_msg("1 MiB blocks under 512 MiB: %d, then %d", count[0],
		       count[1]);
	return count[0] < 400 || count[1] < count[0] - 4;
}

static void under_limit(void)
{
	struct ktap_run run;

	ktap_run_fork(&run, limited, NULL, 60);
	ktap_run_result(&run, "ENOMEM at RLIMIT_AS, and room again after free");
	ksft_print_msg("%s", run.out);
}

int main(int argc, char **argv)
{
	(void)argc;
	ktap_preload(argv);
	ksft_print_header();
	ksft_set_plan((unsigned int)COUNT(entries) + 5);
	for (size_t i = 0; i < COUNT(entries); i++)
		sweep(&entries[i]);
	realloc_keeps();
	products();
	under_limit();
	return ksft_finished();
}
