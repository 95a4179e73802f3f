/* SPDX-License-Identifier: MIT */
/*
 * stats.c - counters readable from outside the process.
 *
 * Owns    the stats page. The counters lie in the records of the spans.
 */
#include "base/stats.h"

#include "base/compiler.h"
#include "base/page.h"

struct hakmem_stats hak_stats_page = {
	.magic = "hakmem",
	.version = HAK_STATS_VERSION,
	.counters = HAK_STATS,
};

/*
 * The exported name of the page. The symbol is protected, so the linker refuses to copy
 * the page into a program. A copy would keep the values of the program's start.
 */
extern HAK_PROTECTED struct hakmem_stats hakmem_stats_page
	__attribute__((alias("hak_stats_page")));

uint64_t hak_stat_sum(enum hak_stat stat)
{
	uint64_t sum = 0;
	uint32_t i;

	for (i = 0; i < hak_stats_page.spans; i++)
		sum += hak_read_once(&hak_stats_page.span[i][stat]);
	return sum;
}

uint64_t hak_stat_difference(enum hak_stat out, enum hak_stat in)
{
	uint64_t gone = hak_stat_sum(in);
	uint64_t come = hak_stat_sum(out);

	return come > gone ? come - gone : 0;
}
