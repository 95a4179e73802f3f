/* SPDX-License-Identifier: MIT */
/*
 * sparse.c - superslabs that are free for the most part, when memory is short: the
 * free units go, lent units stay whole, and units that the kernel refuses stay free.
 */
#include "watch/history.h"

#include "sparse.h"

#include <sys/syscall.h>

static void goes(void)
{
	char *base = make_sparse();
	uint64_t before = unit_stat(HAK_STAT_UNITS_GIVEN);
	bool zero;
	char *row;
	int i;

	hak_decommit_tick(HAK_SELF_FILTERED, false);
	unit_expect(resident(base, HAK_SUPERSLAB_BYTES) == 512);
	unit_expect(hak_decommit_tick(HAK_SELF_FILTERED, true) == HAK_NEVER);
	unit_expect(unit_stat(HAK_STAT_UNITS_GIVEN) == before + 120);
	unit_expect(resident(base, HAK_SUPERSLAB_BYTES) == 8 * 4);
	for (i = 0; i < HAK_UNITS; i += ROW)
		unit_expect(resident(unit[i], HAK_UNIT_BYTES) == 4);
	check_lent();
	unit_result("what is free goes when memory is short, and nothing else");

	hak_decommit_tick(HAK_SELF_FILTERED, true);
	unit_expect(unit_stat(HAK_STAT_UNITS_GIVEN) == before + 120);
	unit_result("what is gone is not given again");

	row = take(ROW - 1, &zero);
	unit_expect(superslab_of(row) == superslab_of(base) && zero);
	unit_expect(is_zero(row, ROW - 1));
	stamp(row, ROW - 1, 5);
	unit_expect(!give(row, ROW - 1));
	row = take(ROW - 1, &zero);
	unit_expect(!zero);
	unit_expect(!give(row, ROW - 1));
	unit_result("lent again it reads as zero, once");
	end_sparse();
}

/* First of all: memory has not been short before. */
static void spared(void)
{
	char *base = make_sparse();
	uint32_t index = (uint32_t)(superslab_of(base) - span->superslab);

	unit_need(hak_history_open());
	hak_history_reach(span);
	hak_history_note(span, index, 5, 1);
	hak_decommit_tick(HAK_SELF_FILTERED, true);
	unit_expect(unit_stat(HAK_STAT_UNITS_GIVEN) == 0);
	unit_expect(resident(base, HAK_SUPERSLAB_BYTES) == 512);
	hak_decommit_tick(HAK_SELF_FILTERED, true);
	unit_expect(unit_stat(HAK_STAT_UNITS_GIVEN) == 120);
	hak_history_forget(span, index);
	unit_result("what is warm goes only if memory is short again");
	end_sparse();
}

static void half(void)
{
	uint64_t before = unit_stat(HAK_STAT_UNITS_GIVEN);
	bool zero;
	char *row, *rest;

	row = take(16, &zero);
	rest = take(16, &zero);
	for (int i = 0; i < 6; i++)
		unit[i] = take(i < 2 ? 16 : 12, &zero);
	stamp(row, 16, 1);
	unit_expect(!give(row, 16));
	unit_expect(superslab_of(row)->units_free == 32);
	hak_decommit_tick(HAK_SELF_FILTERED, true);
	unit_expect(unit_stat(HAK_STAT_UNITS_GIVEN) == before);
	unit_result("what is lent for more than the half stays as it is");
	give(rest, 16);
	for (int i = 0; i < 6; i++)
		give(unit[i], i < 2 ? 16 : 12);
	hak_decommit_trim(span, 0);
}

static void refused(void)
{
	const char *name = "what the kernel refuses is free as it was";
	char *base = make_sparse();
	char *locked = base + HAK_UNIT_BYTES;
	uint64_t failed = unit_stat(HAK_STAT_DECOMMIT_FAILED);
	bool zero;
	char *row;

	if (syscall(SYS_mlock, locked, 4096)) {
		ksft_test_result_skip("no memory may be locked", "%s", name);
		end_sparse();
		return;
	}
	hak_decommit_tick(HAK_SELF_FILTERED, true);
	unit_expect(unit_stat(HAK_STAT_DECOMMIT_FAILED) == failed + 1);
	unit_expect(is_whole(locked, 1, 1UL << 32 | 1));
	/* All but that unit has gone, of its own row as well. */
	unit_expect(resident(base, HAK_SUPERSLAB_BYTES) == 8 * 4 + 4);
	check_lent();
	row = take(ROW - 1, &zero);
	unit_expect(row == locked && !zero);
	unit_expect(!give(row, ROW - 1));
	unit_expect(syscall(SYS_munlock, locked, 4096) == 0);
	hak_decommit_tick(HAK_SELF_FILTERED, true);
	unit_expect(resident(base, HAK_SUPERSLAB_BYTES) == 8 * 4);
	unit_result(name);
	end_sparse();
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(6);
	sparse_open();
	spared();
	goes();
	half();
	refused();
	return ksft_finished();
}
