/* SPDX-License-Identifier: MIT */
/*
 * superslab.c - units against a naive model, and every transition of the
 * states: the legal ones pass, each of the others is a fault.
 */
#include "heap/superslab.h"

#include "unit/heap.h"

enum { STATES = HAK_SUPERSLAB_DECOMMITTED + 1, STEPS = 20000 };

static const bool legal[STATES][STATES] = {
	[HAK_SUPERSLAB_NONE] = { [HAK_SUPERSLAB_FRESH] = true },
	[HAK_SUPERSLAB_FRESH] = { [HAK_SUPERSLAB_LIVE] = true,
				  [HAK_SUPERSLAB_NONE] = true },
	[HAK_SUPERSLAB_LIVE] = { [HAK_SUPERSLAB_EMPTY] = true,
				 [HAK_SUPERSLAB_DECOMMITTED] = true },
	[HAK_SUPERSLAB_EMPTY] = { [HAK_SUPERSLAB_LIVE] = true,
				  [HAK_SUPERSLAB_INFLIGHT] = true },
	[HAK_SUPERSLAB_INFLIGHT] = { [HAK_SUPERSLAB_DECOMMITTED] = true,
				     [HAK_SUPERSLAB_EMPTY] = true,
				     [HAK_SUPERSLAB_NONE] = true },
	[HAK_SUPERSLAB_DECOMMITTED] = { [HAK_SUPERSLAB_LIVE] = true,
				 [HAK_SUPERSLAB_NONE] = true },
};

static const char *const names[STATES] = { "NONE",  "FRESH",	"LIVE",
					   "EMPTY", "INFLIGHT", "DECOMMITTED" };

static int go(void *arg)
{
	const unsigned int *way = arg;
	struct hak_superslab superslab = { .state = (uint8_t)way[0] };

	hak_superslab_set(&superslab, (enum hak_superslab_state)way[1]);
	return superslab.state != way[1];
}

static void transitions(void)
{
	unsigned int way[2];
	struct ktap_run run;
	char name[64];

	for (way[0] = 0; way[0] < STATES; way[0]++) {
		for (way[1] = 0; way[1] < STATES; way[1]++) {
			snprintf(name, sizeof(name), "%s to %s %s",
				 names[way[0]], names[way[1]],
				 legal[way[0]][way[1]] ? "passes" : "faults");
			if (!legal[way[0]][way[1]]) {
				unit_dies(name, go, way,
					  "hakmem: broken state: 0x");
				continue;
			}
			ktap_run_fork(&run, go, way, 10);
			ktap_run_result(&run, name);
		}
	}
}

static void zeroes(void)
{
	struct hak_superslab superslab = { 0 };
	unsigned int state;

	for (state = 0; state < STATES; state++) {
		superslab.state = (uint8_t)state;
		unit_expect(hak_superslab_zero(&superslab) ==
			    (state == HAK_SUPERSLAB_FRESH ||
			     state == HAK_SUPERSLAB_DECOMMITTED));
	}
	unit_result("FRESH and DECOMMITTED ones read as zero, no others");
}

static bool used[HAK_UNITS], unread[HAK_UNITS];

static bool slow_has(unsigned int first, unsigned int units)
{
	unsigned int i;

	for (i = first; i < first + units; i++)
		if (i >= HAK_UNITS || used[i])
			return false;
	return true;
}

static unsigned int slow_find(unsigned int units, unsigned int align)
{
	unsigned int first;

	for (first = 0; first < HAK_UNITS; first += align)
		if (slow_has(first, units))
			return first;
	return HAK_UNITS;
}

static void compare(const struct hak_superslab *superslab)
{
	unsigned int i, units, align, free = 0;

	for (i = 0; i < HAK_UNITS; i++)
		free += !used[i];
	unit_expect(superslab->units_free == free);
	units = 1 + (unsigned int)unit_below(HAK_UNITS);
	if (unit_below(2))
		units = 1 + units % 12;
	align = 1U << unit_below(8);
	unit_expect(hak_superslab_find(superslab, units, align) ==
		    slow_find(units, align));
	i = (unsigned int)unit_below(HAK_UNITS);
	unit_expect(hak_superslab_has(superslab, i, units) ==
		    slow_has(i, units));
}

static void take(struct hak_superslab *superslab, unsigned int units,
		 unsigned int align)
{
	unsigned int first = hak_superslab_find(superslab, units, align);
	bool zero = true;
	unsigned int i;

	if (first == HAK_UNITS)
		return;
	for (i = first; i < first + units; i++) {
		zero = zero && unread[i];
		used[i] = true;
		unread[i] = false;
	}
	unit_expect(hak_superslab_take(superslab, first, units) == zero);
	for (i = first; i < first + units; i++)
		unit_expect(superslab->first[i] == first);
}

static void give(struct hak_superslab *superslab)
{
	unsigned int first = (unsigned int)unit_below(HAK_UNITS);
	unsigned int i, units;

	if (!used[first])
		return;
	first = superslab->first[first];
	for (units = 1; first + units < HAK_UNITS && used[first + units] &&
			superslab->first[first + units] == first; units++)
		;
	hak_superslab_give(superslab, first, units);
	for (i = first; i < first + units; i++)
		used[i] = false;
}

static void model(bool zero)
{
	struct hak_superslab superslab = { .state = HAK_SUPERSLAB_LIVE,
					   .large = true };
	unsigned int i;

	for (i = 0; i < HAK_UNITS; i++) {
		used[i] = false;
		unread[i] = zero;
	}
	hak_superslab_open(&superslab, zero);
	unit_expect(!superslab.large && superslab.units_free == HAK_UNITS);
	for (i = 0; i < STEPS; i++) {
		if (unit_below(2))
			take(&superslab, 1 + (unsigned int)unit_below(20),
			     1U << unit_below(5));
		else
			give(&superslab);
		compare(&superslab);
	}
	for (i = 0; i < 100 * HAK_UNITS; i++)
		give(&superslab);
	unit_expect(superslab.units_free == HAK_UNITS);
	unit_result(zero ? "units against a model, zero at first" :
			   "units against a model, not zero");
}

static void whole(void)
{
	struct hak_superslab superslab = { 0 };

	hak_superslab_open(&superslab, true);
	unit_expect(hak_superslab_find(&superslab, HAK_UNITS, HAK_UNITS) == 0);
	unit_expect(hak_superslab_has(&superslab, 0, HAK_UNITS));
	unit_expect(!hak_superslab_has(&superslab, 1, HAK_UNITS));
	unit_expect(!hak_superslab_has(&superslab, HAK_UNITS - 1, 2));
	unit_expect(hak_superslab_take(&superslab, 0, HAK_UNITS));
	unit_expect(superslab.units_free == 0);
	unit_expect(hak_superslab_find(&superslab, 1, 1) == HAK_UNITS);
	hak_superslab_give(&superslab, HAK_UNITS - 1, 1);
	unit_expect(hak_superslab_find(&superslab, 1, 1) == HAK_UNITS - 1);
	unit_expect(hak_superslab_find(&superslab, 1, 2) == HAK_UNITS);
	unit_expect(!hak_superslab_take(&superslab, HAK_UNITS - 1, 1));
	unit_result("the whole of it at once, and its last unit");
}

static int take_twice(void *arg)
{
	struct hak_superslab superslab = { 0 };

	hak_superslab_open(&superslab, true);
	hak_superslab_take(&superslab, 60, 8);
	if (arg)
		hak_superslab_give(&superslab, 59, 2);
	else
		hak_superslab_take(&superslab, 67, 1);
	return 0;
}

static void twice(void)
{
	static const char *const name[] = { "units taken twice fault",
					    "units given twice fault" };
	int i;

	for (i = 0; i < 2; i++) {
		if (HAK_DEBUG)
			unit_dies(name[i], take_twice, i ? &i : NULL,
				  "hakmem: broken state: 0x");
		else
			ksft_test_result_skip("needs --enable-debug", "%s",
					      name[i]);
	}
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(STATES * STATES + 6);
	transitions();
	zeroes();
	model(true);
	model(false);
	whole();
	twice();
	return ksft_finished();
}
