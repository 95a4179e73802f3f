/* SPDX-License-Identifier: MIT */
/* region.c - a region reaches as far as asked, and stops where it must. */
#include "heap/region.h"

#include "unit/unit.h"

#include "os/map.h"

#define LIMIT (1UL << 20)
#define STEP (64UL << 10)

static char *free_place(void)
{
	void *place = NULL;

	unit_need(hak_map_new(2 * LIMIT, &place) == 0);
	unit_need(hak_unmap(place, 2 * LIMIT) == 0);
	return place;
}

static void growth(void)
{
	struct hak_region region = { free_place(), 0, LIMIT, 0 };
	size_t bytes, before;

	unit_expect(hak_region_reach(&region, 0));
	unit_expect(region.mapped == 0);
	for (bytes = 1; bytes <= LIMIT; bytes += 1 + bytes / 2) {
		before = region.mapped;
		unit_expect(hak_region_reach(&region, bytes));
		unit_expect(region.mapped >= bytes);
		unit_expect(region.mapped < bytes + STEP ||
			    region.mapped == before);
		unit_expect(region.mapped % STEP == 0);
		memset(region.base, 'a', region.mapped);
	}
	unit_expect(hak_region_reach(&region, LIMIT));
	unit_expect(hak_region_reach(&region, 10));
	unit_expect(region.mapped == LIMIT);
	memset(region.base, 'a', LIMIT);
	unit_result("it grows in steps to its limit");

	unit_expect(!hak_region_reach(&region, LIMIT + 1));
	unit_expect(!hak_region_reach(&region, SIZE_MAX));
	unit_expect(region.mapped == LIMIT);
	/* Nothing beyond: that place can still be had. */
	unit_expect(hak_map_at(region.base + LIMIT, STEP) == 0);
	unit_result("and not beyond");
	unit_need(hak_unmap(region.base, LIMIT + STEP) == 0);
}

static void obstacle(void)
{
	struct hak_region region = { free_place(), 0, LIMIT, 0 };
	char *theirs = region.base + 4 * STEP;

	unit_need(hak_map_at(theirs, STEP) == 0);
	theirs[0] = 't';
	unit_expect(hak_region_reach(&region, 3 * STEP));
	unit_expect(!hak_region_reach(&region, 4 * STEP + 1));
	unit_expect(region.mapped == 3 * STEP && theirs[0] == 't');
	unit_expect(hak_region_reach(&region, 4 * STEP));
	unit_expect(!hak_region_reach(&region, 5 * STEP));
	unit_expect(region.mapped == 4 * STEP && theirs[0] == 't');
	unit_need(hak_unmap(theirs, STEP) == 0);
	unit_expect(hak_region_reach(&region, 5 * STEP));
	unit_expect(theirs[0] == 0);
	unit_result("somebody else's mapping is in the way, and is left alone");
	unit_need(hak_unmap(region.base, region.mapped) == 0);
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(3);
	growth();
	obstacle();
	return ksft_finished();
}
