/* SPDX-License-Identifier: MIT */
/* policy.c - bounds that hold whatever the taste: geometry, batches, steps. */
#include "heap/policy.h"

#include "unit/heap.h"

#include "heap/step.h"
#include "os/limits.h"

enum { DRAW_MAX = 44 }; /* what cache/tcache.c can do */

static void slabs(void)
{
	const struct hak_sizeclass *sc;
	unsigned int class, blocks;
	size_t bytes, waste;

	for (class = 1; class < HAK_CLASSES; class++) {
		sc = &hak_sizeclass[class];
		bytes = (size_t)sc->units * HAK_UNIT_BYTES;
		blocks = hak_policy_slab_blocks(sc->bytes, sc->units);
		unit_expect(sc->units == hak_policy_slab_units(sc->bytes));
		unit_expect(sc->blocks == blocks);
		unit_expect(sc->units >= 1 && sc->units <= HAK_UNITS);
		unit_expect(blocks >= 1 && blocks <= HAK_SLAB_BLOCKS_MAX);
		unit_expect((size_t)blocks * sc->bytes <= bytes);
		waste = bytes - (size_t)blocks * sc->bytes;
		/* 16-byte blocks: the bitmaps end before the unit does. */
		unit_expect(waste * 32 <= bytes ||
			    blocks == HAK_SLAB_BLOCKS_MAX);
		unit_expect(waste * 8 <= bytes);
	}
	unit_result("slabs waste little, and their bitmaps suffice");
}

static void slab_units(void)
{
	const struct hak_sizeclass *sc;
	unsigned int class, before = 0;

	for (class = 1; class < HAK_CLASSES; class++) {
		sc = &hak_sizeclass[class];
		unit_expect(sc->units <= UINT8_MAX);
		if (sc->bytes >= 4 * HAK_UNIT_BYTES) {
			unit_expect(sc->units >= before);
			before = sc->units;
		}
		unit_expect(sc->blocks >= (sc->bytes <= 2048 ? 32 : 1));
	}
	unit_result("tiny blocks come by the dozen, large ones one by one");
}

static void cached(void)
{
	unsigned int class, before = UINT32_MAX, now;
	size_t most;

	for (class = 1; class < HAK_CLASSES; class++) {
		most = hak_sizeclass[class].bytes <= 32768 ? 2 << 20 :
							     512 << 10;
		now = hak_policy_cached(hak_sizeclass[class].bytes);
		unit_expect(now == hak_sizeclass[class].cached);
		unit_expect(now >= 1 && now <= before);
		unit_expect(now == 1 ||
			    (size_t)now * hak_sizeclass[class].bytes <= most);
		before = now;
	}
	unit_result("bins hold fewer of larger blocks, and always one");
}

static void batches(void)
{
	unsigned int class, refills, before, now;
	const struct hak_sizeclass *sc;

	for (class = 1; class < HAK_CLASSES; class++) {
		sc = &hak_sizeclass[class];
		before = 0;
		for (refills = 0; refills <= UINT8_MAX; refills++) {
			now = hak_policy_batch(refills, sc->bytes);
			unit_expect(now >= 1 && now <= sc->cached);
			unit_expect(now == 1 ||
				    now * sc->bytes <=
					    (refills < 32 ? 16 << 10 :
							    64 << 10));
			unit_expect(now >= before && now <= DRAW_MAX);
			before = now;
		}
		unit_expect(hak_policy_batch(0, sc->bytes) == 1);
	}
	unit_result("batches start with one and grow");
	unit_expect(hak_policy_ahead(0, 16) == 0);
	unit_expect(hak_policy_ahead(UINT8_MAX, 16) > 16 << 10);
	unit_expect(hak_policy_ahead(UINT8_MAX, 64 << 10) == 0);
	unit_result("populated ahead is what will be drawn, not what may be");

	for (refills = 0; refills <= UINT8_MAX; refills++)
		unit_expect(hak_policy_own_slab(refills, 1));
	unit_expect(!hak_policy_own_slab(0, 1000));
	unit_expect(hak_policy_own_slab(UINT8_MAX, 1000));
	unit_result("a slab of its own for who is alone, or asks often");
}

static void steps(void)
{
	uint32_t mapped, need, step;

	for (mapped = 0; mapped < 100000; mapped += 1 + mapped / 3) {
		for (need = 1; need < 5000; need += 1 + need / 5) {
			step = hak_policy_step(need, mapped);
			unit_expect(step >= need);
			unit_expect(step >= hak_policy_small_pages());
			unit_expect(step == need || step <= 512);
			unit_expect(step >= hak_policy_step(need, mapped / 2));
		}
	}
	unit_result("steps cover the need and grow with what is mapped");
}

static uint32_t keep(const char *megabytes, uint32_t lent)
{
	unit_need(setenv("HAKMEM_KEEP_MB", megabytes, 1) == 0);
	hak_options_read();
	return hak_policy_keep(lent, 0);
}

static void keeping(void)
{
	unit_expect(keep("0", 0) == 0);
	unit_expect(keep("0", 800) == 96);
	unit_expect(keep("64", 0) == 32);
	unit_expect(keep("64", 800) == 96);
	unit_expect(keep("1048576", 800) == 524288);
	unit_expect(keep("1", 0) == 0);
	unit_expect(!hak_policy_keeps_rows(UINT32_MAX));
	unit_need(unsetenv("HAKMEM_KEEP_MB") == 0);
	hak_options_read();
	unit_expect(hak_policy_keeps_rows(UINT32_MAX));
	unit_result("what is kept: the option, or a share of the live");
}

static void room(void)
{
	unit_expect(hak_policy_room(0, UINT32_MAX) == UINT32_MAX);
	unit_expect(hak_policy_room(0, 256) == 32);
	unit_expect(hak_policy_room(200, 256) == 24);
	unit_expect(hak_policy_room(230, 256) == 0);
	/* Most of it was never touched: no reason to keep nothing. */
	unit_expect(hak_policy_room(256, 256) == 16);
	unit_expect(hak_policy_room(100000, 256) == 16);
	unit_result("what a limit leaves room for");
}

static void profile(const char *name, const char *more, const char *value)
{
	unit_need(setenv("HAKMEM_PROFILE", name, 1) == 0);
	unit_need(setenv(more, value, 1) == 0);
	hak_options_read();
	unit_need(unsetenv("HAKMEM_PROFILE") == 0);
	unit_need(unsetenv(more) == 0);
}

static void profiles(void)
{
	profile("speed", "HAKMEM_HUGE", "thp");
	unit_expect(hak_policy_keep(0, 0) == UINT32_MAX);
	unit_expect(hak_policy_keeps_rows(UINT32_MAX));
	unit_expect(hak_policy_prewarm() == 4 && hak_policy_small_pages() == 0);
	profile("lean", "HAKMEM_HUGE", "thp");
	unit_expect(hak_policy_keep(1000, 50) == 1);
	unit_expect(!hak_policy_keeps_rows(UINT32_MAX));
	unit_expect(hak_policy_prewarm() == 0 && hak_policy_small_pages() == 4);
	/* What is set by name has the last word. */
	profile("speed", "HAKMEM_SS_MEM_LEAN", "1");
	unit_expect(hak_policy_keep(0, 0) == 32);
	profile("speed", "HAKMEM_PREWARM", "0");
	unit_expect(hak_policy_prewarm() == 0);
	profile("lean", "HAKMEM_KEEP_MB", "10");
	unit_expect(hak_policy_keep(1000, 50) == 5);
	profile("lean", "HAKMEM_SS_MEM_LEAN_DECOMMIT", "off");
	unit_expect(hak_policy_keep(1000, 50) == UINT32_MAX);
	profile("balanced", "HAKMEM_HUGE", "thp");
	unit_expect(hak_policy_keep(1000, 50) == 120 + 50);
	unit_expect(hak_policy_keep(1000, 5000) == 120 + 500);
	unit_expect(hak_policy_keep(0, 5000) == 32);
	unit_result("a profile is what the options are that are not set");
}

/* The least of them is a superslab's; a longer one would be half a GiB. */
static void huge_pages(void)
{
	unit_expect(hak_limits_huge_page() >=
		    sysconf(_SC_PAGESIZE) * (size_t)sysconf(_SC_PAGESIZE) / 8);
	setenv("HAKMEM_HUGE", "thp", 1);
	hak_options_read();
	hak_window.huge_page = 2 << 20;
	unit_expect(hak_policy_huge_pages(2 << 20));
	unit_expect(hak_step_small(0) && !hak_step_small(1000));
	unit_expect(hak_step_border() > 0);
	unit_expect(!hak_policy_huge_pages(32 << 20));
	hak_window.huge_page = 512 << 20;
	unit_expect(hak_step_small(0) && hak_step_small(1000));
	unit_expect(hak_step_border() == 0);
	setenv("HAKMEM_HUGE", "off", 1);
	hak_options_read();
	hak_window.huge_page = 2 << 20;
	unit_expect(hak_step_small(1000) && hak_step_border() == 0);
	unit_result("huge pages of more than a superslab are not wanted");
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(11);
	hak_options_read();
	hak_sizeclass_init();
	slabs();
	slab_units();
	cached();
	batches();
	steps();
	keeping();
	room();
	profiles();
	huge_pages();
	return ksft_finished();
}
