/* SPDX-License-Identifier: MIT */
/*
 * guard_maps.c - a guarded heap of 16 GiB with a hole in every second place has
 * fewer than 2,000 mappings; what is over the budget goes back all the same.
 *
 * Hazards 41 and 47.
 */
#include "keeper.h"

#define BLOCKS	8192	/* of 2 MiB each: a superslab */

static char *block[BLOCKS];

static long count_maps(void)
{
	FILE *file = fopen("/proc/self/maps", "r");
	long lines = 0;
	int c;

	while (file && (c = getc(file)) != EOF)
		lines += c == '\n';
	if (file)
		fclose(file);
	return lines;
}

static bool gone(long want)
{
	return ktap_stat(HAK_STAT_DECOMMITTED) >= (uint64_t)want;
}

static bool works(long unused)
{
	const struct hakmem_stats *page =
		dlsym(RTLD_DEFAULT, "hakmem_stats_page");

	(void)unused;
	return page && (page->guard == HAK_MODE_ON ||
			page->guard == HAK_MODE_USER_ONLY);
}

static bool fill(int from, int step)
{
	for (int i = from; i < BLOCKS; i += step) {
		block[i] = ktap_opaque(malloc(2 * MIB));
		if (!block[i])
			return false;
		for (size_t at = 0; at < 2 * MIB; at += MIB)
			if (block[i][at])
				return false;
		block[i][0] = 1;
	}
	return true;
}

static bool known(long unused)
{
	const struct hakmem_stats *page =
		dlsym(RTLD_DEFAULT, "hakmem_stats_page");

	(void)unused;
	return page && page->guard;
}

static int holes(void)
{
	long guarded, maps;

	if (!ktap_await(known, 0, PATIENCE) || !works(0))
		return SKIPPED;
	if (!fill(0, 1))
		return 1;
	for (int i = 0; i < BLOCKS; i += 2)
		free(block[i]);
	if (!ktap_await(gone, BLOCKS / 2 - 1, PATIENCE))
		return 2;
	guarded = (long)ktap_stat(HAK_STAT_GUARDED);
	maps = count_maps();
	ksft_print_msg("%ld guarded, %ld not, %ld mappings", guarded,
		       (long)ktap_stat(HAK_STAT_UNGUARDED), maps);
	if (guarded < 300 || maps >= 2000)
		return 3;
	/* lent again they read as zero, and nothing is said */
	if (!fill(0, 2))
		return 4;
	maps = count_maps();
	ksft_print_msg("%ld mappings with all lent again", maps);
	return maps < 100 && !ktap_stat(HAK_STAT_TOUCHED) ? 0 : 5;
}

int main(int argc, char **argv)
{
	ktap_preload(argv);
	if (argc > 1)
		return holes();
	be_lean("0", "64");
	setenv("HAKMEM_KEEP_MB", "0", 1);
	setenv("HAKMEM_HUGE", "off", 1);
	setenv("HAKMEM_GUARD", "report", 1);
	in_self("holes", "16 GiB, every second superslab guarded or over budget");
	ksft_finished();
}
