/* SPDX-License-Identifier: MIT */
/*
 * sparse_huge.c - a sparse superslab in a huge page: the free units go, and a dense
 * superslab becomes a huge page again.
 */
#include "sparse.h"

/* Of the mapping that an address is in. */
static size_t huge_bytes(const char *address)
{
	FILE *file = fopen("/proc/self/smaps", "r");
	unsigned long from, to;
	bool here = false;
	size_t kib = 0;
	char line[256];

	unit_need(file);
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			here = from <= (unsigned long)address &&
			       (unsigned long)address < to;
		if (here && sscanf(line, "AnonHugePages: %zu", &kib) == 1)
			break;
	}
	fclose(file);
	return kib << 10;
}

/* Those of the whole system: khugepaged may have come by in between. */
static unsigned long collapsed(void)
{
	FILE *file = fopen("/sys/kernel/mm/transparent_hugepage/khugepaged/"
			   "pages_collapsed", "r");
	unsigned long count = 0;

	if (!file)
		return 0;
	unit_need(fscanf(file, "%lu", &count) == 1);
	fclose(file);
	return count;
}

/* What reads as zero lies in a huge page too, if only one unit was touched. */
static int split_and_mend(void *arg)
{
	static char *again[HAK_UNITS];
	unsigned long before;
	uint32_t start;
	unsigned int n, i;
	char *base, *last;
	bool zero;

	(void)arg;
	setenv("HAKMEM_HUGE", "thp", 1);
	setenv("HAKMEM_PROFILE", "speed", 1);
	hak_options_read();
	unit_need(span->mapped == 0);
	base = take(1, &zero);
	stamp(base, 1, 3);
	if (huge_bytes(base) < HAK_SUPERSLAB_BYTES)
		return 77;
	before = collapsed();
	hak_decommit_tick(HAK_SELF_FREE, true);
	unit_expect(resident(base, HAK_SUPERSLAB_BYTES) == 4 ||
		    collapsed() != before);
	unit_expect(is_whole(base, 1, 3));
	unit_expect(give(base, 1));
	hak_decommit_trim(span, 0);
	base = make_sparse();
	unit_expect(huge_bytes(base) >= HAK_SUPERSLAB_BYTES);
	before = collapsed();
	unit_expect(hak_decommit_tick(HAK_SELF_FREE, true) != HAK_NEVER);
	unit_expect(unit_stat(HAK_STAT_SPLIT) == 2);
	unit_expect(resident(base, HAK_SUPERSLAB_BYTES) == 8 * 4 ||
		    collapsed() != before);
	check_lent();
	/* All but one are lent again. */
	for (n = 0; n < HAK_UNITS - HAK_UNITS / ROW - 1; n++) {
		again[n] = take(1, &zero);
		unit_expect(zero &&
			    superslab_of(again[n]) == superslab_of(base));
		stamp(again[n], 1, n);
	}
	unit_expect(hak_decommit_tick(HAK_SELF_FREE, false) != HAK_NEVER);
	unit_expect(unit_stat(HAK_STAT_MENDED) == 0);
	start = hak_clock_ms();
	while (!unit_stat(HAK_STAT_MENDED) && hak_clock_ms() - start < 100000) {
		hak_decommit_tick(HAK_SELF_FREE, false);
		hak_clock_sleep(50);
	}
	unit_expect(unit_stat(HAK_STAT_MENDED) == 1);
	unit_expect(huge_bytes(base) >= HAK_SUPERSLAB_BYTES);
	check_lent();
	for (i = 0; i < n; i++)
		unit_expect(is_whole(again[i], 1, i));
	last = take(1, &zero);
	unit_expect(zero && is_zero(last, 1));
	return atomic_load(&unit_wrong) != 0;
}

static void mends(void)
{
	const char *name =
		"a huge page goes in part, and is put together again";
	struct ktap_run run;

	ktap_run_fork(&run, split_and_mend, NULL, 60);
	if (WIFEXITED(run.status) && WEXITSTATUS(run.status) == 77)
		ksft_test_result_skip("no huge pages to be had", "%s", name);
	else
		ktap_run_result(&run, name);
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(1);
	sparse_open();
	mends();
	return ksft_finished();
}
