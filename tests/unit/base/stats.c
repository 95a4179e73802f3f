/* SPDX-License-Identifier: MIT */
/* stats.c - the stats page, sums over spans, and counting by many threads. */
#include "base/stats.h"

#include "base/page.h"

#include "unit/unit.h"

#include <pthread.h>

enum { SPANS = 3, THREADS = 4, ROUNDS = 50000 };

static const char *const names[] = {
#define HAK_STAT(id, name, unit, doc) [HAK_STAT_##id] = name,
#include "base/stats.def"
#undef HAK_STAT
};

static struct hak_stats spans[SPANS];

static void page(void)
{
	unsigned int i, j;

	unit_expect(memcmp(hak_stats_page.magic, "hakmem\0\0", 8) == 0);
	unit_expect(hak_stats_page.version == HAK_STATS_VERSION);
	unit_expect(hak_stats_page.counters == HAK_STATS);
	unit_expect(sizeof(names) / sizeof(*names) == HAK_STATS);
	unit_expect(sizeof(struct hak_stats) == 8 * HAK_STATS);
	for (i = 0; i < HAK_STATS; i++)
		for (j = 0; j < i; j++)
			unit_expect(strcmp(names[i], names[j]) != 0);
	unit_result("the page says what it is, and every counter has a name");
}

static void sums(void)
{
	unsigned int i;

	unit_expect(hak_stat_sum(HAK_STAT_MAPPED) == 0);
	for (i = 0; i < SPANS; i++)
		hak_stats_page.span[i] = spans[i].counter;
	hak_stats_page.spans = SPANS;
	hak_stat_add(&spans[0], HAK_STAT_RUNS_OUT, 5);
	hak_stat_add(&spans[2], HAK_STAT_RUNS_OUT, 1UL << 40);
	hak_stat_add(&spans[1], HAK_STAT_RUNS_IN, 3);
	unit_expect(hak_stat_sum(HAK_STAT_RUNS_OUT) == (1UL << 40) + 5);
	unit_expect(hak_stat_sum(HAK_STAT_RUNS_IN) == 3);
	unit_expect(hak_stat_sum(HAK_STAT_SMALL_IN) == 0);
	unit_expect(hak_stat_difference(HAK_STAT_RUNS_OUT, HAK_STAT_RUNS_IN) ==
		    (1UL << 40) + 2);
	unit_expect(hak_stat_difference(HAK_STAT_RUNS_IN, HAK_STAT_RUNS_OUT) ==
		    0);
	unit_expect(hak_stat_difference(HAK_STAT_RUNS_IN, HAK_STAT_RUNS_IN) ==
		    0);
	unit_result("sums over the spans, and differences not below nothing");
}

static void *count(void *arg)
{
	struct hak_stats *stats = arg;
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		hak_stat_add(stats, HAK_STAT_SLABS_LENT, 1);
		hak_stat_add(stats, HAK_STAT_SMALL_OUT, i);
	}
	return NULL;
}

static void threads(void)
{
	uint64_t each = (uint64_t)ROUNDS * (ROUNDS - 1) / 2;
	pthread_t thread[THREADS];
	unsigned int i;

	for (i = 0; i < THREADS; i++)
		unit_need(!pthread_create(&thread[i], NULL, count,
					  &spans[i % SPANS]));
	for (i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	unit_expect(hak_stat_sum(HAK_STAT_SLABS_LENT) == THREADS * ROUNDS);
	unit_expect(hak_stat_sum(HAK_STAT_SMALL_OUT) == THREADS * each);
	unit_result("threads that count at once lose nothing");
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(3);
	page();
	sums();
	threads();
	return ksft_finished();
}
