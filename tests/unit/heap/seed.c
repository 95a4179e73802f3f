/* SPDX-License-Identifier: MIT */
/*
 * seed.c - steps that grow from a page in place: what is in their way is told
 * from what cannot be had.
 */
#include "heap/seed.h"
#include "heap/span.h"

#include "unit/heap.h"

#include "os/map.h"

#include <errno.h>

enum { STEP = 2, LIMIT = 4 };

static size_t page;

/* A span of four superslabs with a seed, and with nothing mapped. */
static struct hak_span *plant(void)
{
	static struct hak_span span;
	void *place;

	memset(&span, 0, sizeof(span));
	unit_need(hak_map_new((LIMIT + 1) * HAK_SUPERSLAB_BYTES, &place) == 0);
	hak_unmap(place, (LIMIT + 1) * HAK_SUPERSLAB_BYTES);
	span.base = place;
	span.limit = LIMIT;
	unit_need(hak_map_at(place, page) == 0);
	span.seed = place;
	return &span;
}

static void uproot(struct hak_span *span)
{
	unit_need(hak_unmap(span->base, (LIMIT + 1) * HAK_SUPERSLAB_BYTES) ==
		  0);
}

static void grows(void)
{
	struct hak_span *span = plant();

	unit_expect(hak_seed_grow(span, STEP) == 0);
	unit_expect(span->seed == hak_span_address(span, STEP));
	span->mapped = STEP;
	span->base[STEP * HAK_SUPERSLAB_BYTES - 1] = 1;
	unit_expect(hak_seed_grow(span, LIMIT - STEP) == 0);
	unit_expect(!span->seed);
	span->base[LIMIT * HAK_SUPERSLAB_BYTES - 1] = 1;
	/* There is none behind the last step. */
	unit_expect(hak_map_at(hak_span_address(span, LIMIT), page) == 0);
	uproot(span);
	unit_result("steps grow, and a seed stays behind each but the last");
}

/* A page of somebody's, so far from where the step is to begin. */
static int grow_before(size_t offset)
{
	struct hak_span *span = plant();
	int err;

	unit_need(hak_map_at(span->base + offset, page) == 0);
	err = hak_seed_grow(span, STEP);
	unit_expect(!err || span->seed == span->base);
	uproot(span);
	return err;
}

static void in_the_way(void)
{
	unit_expect(grow_before(page) == -EEXIST);
	unit_expect(grow_before(HAK_SUPERSLAB_BYTES) == -EEXIST);
	unit_expect(grow_before(STEP * HAK_SUPERSLAB_BYTES - page) == -EEXIST);
	unit_result("a mapping that is in the way is seen");
	unit_expect(grow_before(STEP * HAK_SUPERSLAB_BYTES) == -EEXIST);
	unit_result("so is one where the next seed would be");
	unit_expect(grow_before(STEP * HAK_SUPERSLAB_BYTES + page) == 0);
	unit_result("one behind that is in nobody's way");
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(4);
	unit_open_window(1);
	page = hak_window.page;
	grows();
	in_the_way();
	return ksft_finished();
}
