/* SPDX-License-Identifier: MIT */
/*
 * hugepool.c - HAKMEM_HUGE=hugetlb with a pool that is empty, that ends in the
 * middle, and that is resized: what is not of the pool goes back to the kernel as
 * everywhere, and no touch is a SIGBUS.
 */
#include "util.h"

#include "ktap_stats.h"

#include <malloc.h>

#define POOL  "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages"
#define PAGES 24 /* of 2 MiB: half of what a child asks for */
#define SMALL ((size_t)64 << 10)
#define COUNT 1536

static char *block[COUNT];
static long found = -1;

static long pool(long set)
{
	char text[32] = "";
	int fd = open(POOL, set < 0 ? O_RDONLY : O_WRONLY);
	long done;

	if (fd < 0)
		return -1;
	snprintf(text, sizeof(text), "%ld", set);
	done = set < 0 ? read(fd, text, sizeof(text) - 1)
		       : write(fd, text, strlen(text));
	close(fd);
	return done > 0 ? atol(text) : -1;
}

static bool set_pool(long pages)
{
	return pool(pages) == pages && pool(-1) == pages;
}

static void restore(void)
{
	if (found >= 0)
		pool(found);
}

static bool fill(void)
{
	for (int i = 0; i < COUNT; i++) {
		block[i] = ktap_opaque(malloc(SMALL));
		if (!block[i])
			return false;
		memset(block[i], i, SMALL);
	}
	for (int i = 0; i < COUNT; i++)
		for (size_t at = 0; at < SMALL; at += 512)
			if (block[i][at] != (char)i)
				return false;
	return true;
}

static void drain(void)
{
	for (int i = 0; i < COUNT; i++)
		free(block[i]);
	malloc_trim(0);
}

/* Without what is of the pool, which counts for itself. */
static bool gone(void)
{
	long mib = proc_number("status", "VmRSS:") / 1024;

	ksft_print_msg("%ld MiB are resident, and %ld of the pool", mib,
		       proc_number("status", "HugetlbPages:") / 1024);
	return mib <= 24;
}

static int empty(void)
{
	char *large = ktap_opaque(malloc(256 * MIB));

	memset(large, 1, 256 * MIB);
	if (!fill())
		return 1;
	free(large);
	drain();
	return !gone();
}

static int ends(void)
{
	uint64_t pooled;

	if (!fill())
		return 1;
	pooled = ktap_stat(HAK_STAT_POOLED);
	ksft_print_msg("%lu superslabs of the pool", (unsigned long)pooled);
	if (!pooled || pooled > PAGES)
		return 1;
	drain();
	/* It is kept, as it would have to be had from the pool again. */
	if (!gone() || proc_number("status", "HugetlbPages:") <= 0)
		return 1;
	if (!fill())
		return 1;
	drain();
	return !gone();
}

static int resized(void)
{
	static char *more[COUNT];
	uint64_t pooled;

	if (!fill())
		return 1;
	pool(0);
	drain();
	if (!gone() || !fill())
		return 1;
	pooled = ktap_stat(HAK_STAT_POOLED);
	set_pool(3 * PAGES);
	for (int i = 0; i < COUNT; i++) {
		more[i] = ktap_opaque(malloc(SMALL));
		memset(more[i], i, SMALL);
	}
	ksft_print_msg("%lu superslabs of the pool, then %lu",
		       (unsigned long)pooled,
		       (unsigned long)ktap_stat(HAK_STAT_POOLED));
	if (ktap_stat(HAK_STAT_POOLED) <= pooled)
		return 1;
	for (int i = 0; i < COUNT; i++)
		free(more[i]);
	drain();
	return !gone();
}

static void with_pool(const char *exe, long pages, const char *mode,
		      const char *name)
{
	if (found < 0 || !set_pool(pages))
		ksft_test_result_skip("no pool of huge pages to be set", "%s",
				      name);
	else
		in_exec(NULL, 0, exe, mode, name);
}

int main(int argc, char **argv)
{
	const char *exe;

	setenv("HAKMEM_HUGE", "hugetlb", 1);
	ktap_preload(argv);
	if (argc > 1)
		return argv[1][0] == 'e'   ? empty()
		       : argv[1][0] == 'm' ? ends()
					   : resized();
	exe = self_path();
	found = pool(-1);
	atexit(restore);
	with_pool(exe, 0, "empty", "a pool that is empty");
	with_pool(exe, PAGES, "middle", "a pool that ends in the middle");
	with_pool(exe, PAGES, "resized", "a pool that is resized");
	return ksft_finished();
}
