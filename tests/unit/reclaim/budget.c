/* SPDX-License-Identifier: MIT */
/*
 * budget.c - what is kept is the process's: several spans share it.
 */
#include "reclaim/budget.h"

#include "reclaim/decommit.h"
#include "reclaim/settle.h"
#include "heap/policy.h"

#include "unit/heap.h"

#include "heap/warm.h"
#include "os/clock.h"

enum { NODES = 4, EACH = 40, MOST = 100 };

static struct hak_run held[NODES + 1];

static void configure(const char *name, const char *value)
{
	unit_need(setenv(name, value, 1) == 0);
	hak_options_read();
}

static uint32_t warm_in_all(void)
{
	uint32_t sum = 0;

	for (int i = 0; i <= NODES; i++)
		sum += hak_window.span[i].warm;
	return sum;
}

/* All empty, and so many of each span warm. */
static void warm(const uint32_t counts[NODES + 1])
{
	for (unsigned int i = 0; i <= NODES; i++) {
		struct hak_span *span = &hak_window.span[i];

		hak_decommit_trim(span, 0);
		span->gone = 0;
		span->missed = 0;
		if (counts[i])
			unit_need(hak_span_lend(span, counts[i], 1, &held[i]));
	}
	for (int i = 0; i <= NODES; i++)
		if (counts[i])
			hak_span_return(&held[i]);
}

static void kept(void)
{
	static const uint32_t counts[] = { EACH, EACH, EACH, EACH, 0 };

	configure("HAKMEM_KEEP_MB", "64");
	warm(counts);
	unit_expect(warm_in_all() == NODES * EACH);
	unit_expect(hak_budget_over(HAK_TOTAL_KEPT));
	hak_settle_span(&hak_window.span[2]);
	unit_expect(warm_in_all() == 32);
	for (int i = 0; i < NODES; i++)
		unit_expect(hak_window.span[i].warm == 32 / NODES);
	unit_expect(!hak_budget_over(HAK_TOTAL_KEPT));
	unit_result("what is kept is shared by all spans");
}

static void uneven(void)
{
	static const uint32_t counts[] = { EACH, 3, 0, 9, EACH };

	warm(counts);
	hak_settle_span(&hak_window.span[1]);
	unit_expect(warm_in_all() == 32);
	unit_expect(hak_window.span[1].warm == 3);
	unit_expect(hak_window.span[3].warm == 9);
	unit_expect(hak_window.span[0].warm == 10);
	unit_expect(hak_window.span[4].warm == 10);
	unit_result("those give that have most");
}

static void odd(void)
{
	static const uint32_t counts[] = { EACH, EACH, 1, EACH, 0 };

	configure("HAKMEM_KEEP_MB", "8");
	warm(counts);
	hak_settle_span(&hak_window.span[0]);
	/* The last is for whoever is first. */
	unit_expect(warm_in_all() == 4);
	unit_expect(hak_window.span[0].warm == 1);
	unit_expect(hak_window.span[2].warm == 1);
	configure("HAKMEM_KEEP_MB", "0");
	hak_settle_span(&hak_window.span[0]);
	unit_expect(warm_in_all() == 0);
	unit_result("what does not go round is kept all the same");
}

/* Any counts, any totals: never more in all, and not one less than that. */
static void at_random(void)
{
	uint32_t counts[NODES + 1], sum, keep;
	char megabytes[16];

	for (int round = 0; round < 200; round++) {
		sum = 0;
		for (int i = 0; i < NODES; i++)
			sum += counts[i] = (uint32_t)unit_below(MOST);
		counts[NODES] = 0;
		keep = (uint32_t)unit_below(NODES * MOST);
		snprintf(megabytes, sizeof(megabytes), "%u", 2 * keep);
		configure("HAKMEM_KEEP_MB", megabytes);
		warm(counts);
		hak_settle_span(&hak_window.span[round % NODES]);
		unit_expect(warm_in_all() == (sum < keep ? sum : keep));
	}
	unit_result("all that may be kept, and never more");
}

static void target(void)
{
	static const uint32_t counts[] = { EACH, EACH, EACH, EACH, EACH };
	struct hak_run live;

	configure("HAKMEM_KEEP_MB", "1000");
	configure("HAKMEM_SS_MEM_LEAN_TARGET_MB", "80");
	warm(counts);
	unit_need(hak_span_lend(&hak_window.span[1], 11, 1, &live));
	hak_settle_span(&hak_window.span[0]);
	unit_expect(warm_in_all() == 40 - 11);
	/* The keeper does not wait for that. */
	configure("HAKMEM_DECOMMIT_DELAY", "100000");
	hak_span_return(&live);
	unit_need(hak_span_lend(&hak_window.span[3], 30, 1, &live));
	hak_decommit_tick(HAK_SELF_FILTERED, false);
	unit_expect(warm_in_all() == 40 - 30);
	hak_span_return(&live);
	hak_decommit_tick(HAK_SELF_FILTERED, false);
	unit_expect(warm_in_all() == 40);
	configure("HAKMEM_SS_MEM_LEAN_TARGET_MB", "0");
	unit_result("the target is for all spans together, at once");
}

static void limit(void)
{
	static const uint32_t counts[] = { EACH, EACH, EACH, EACH, EACH };
	struct hak_run live;

	configure("HAKMEM_PROFILE", "speed");
	warm(counts);
	hak_settle_span(&hak_window.span[0]);
	unit_expect(warm_in_all() == (NODES + 1) * EACH);
	hak_budget_limit((uint64_t)320 << 20);
	unit_expect(hak_budget_urgent());
	hak_settle_span(&hak_window.span[0]);
	unit_expect(warm_in_all() == 20);
	/* Near to it there is less room: one for each but the large blocks. */
	unit_need(hak_span_lend(&hak_window.span[0], 135, 1, &live));
	hak_settle_span(&hak_window.span[0]);
	unit_expect(warm_in_all() == 4);
	hak_span_return(&live);
	unit_expect(hak_policy_keeps_rows(hak_warm_limit()));
	hak_budget_limit((uint64_t)12 << 20);
	unit_expect(!hak_policy_keeps_rows(hak_warm_limit()));
	hak_settle_span(&hak_window.span[0]);
	unit_expect(warm_in_all() == 0);
	hak_budget_limit(UINT64_MAX);
	unit_expect(hak_policy_keeps_rows(hak_warm_limit()));
	unsetenv("HAKMEM_PROFILE");
	unit_result("so is a limit, where all is kept too");
}

static void fading(void)
{
	static const uint32_t counts[] = { EACH, EACH, 0, 0, 0 };
	struct hak_run live;

	configure("HAKMEM_KEEP_MB", "2");
	configure("HAKMEM_DECOMMIT_DELAY", "0");
	warm(counts);
	unit_need(hak_span_lend(&hak_window.span[2], MOST, 1, &live));
	hak_window.span[0].period = hak_clock_periods();
	hak_window.span[0].missed = 16;
	hak_decommit_tick(HAK_SELF_FILTERED, false);
	/* An eighth of what is live, and what was missed. */
	unit_expect(warm_in_all() == 12 + 16);
	unit_expect(hak_budget_fades() != HAK_NEVER);
	/* Nobody frees anything, but time passes. */
	hak_window.span[0].period--;
	hak_decommit_tick(HAK_SELF_FILTERED, false);
	unit_expect(warm_in_all() == 12 + 8);
	unit_expect(hak_budget_fades() != HAK_NEVER);
	hak_window.span[0].period -= 40;
	hak_decommit_tick(HAK_SELF_FILTERED, false);
	unit_expect(warm_in_all() == 12);
	unit_expect(hak_budget_fades() == HAK_NEVER);
	hak_span_return(&live);
	unit_result("what was missed fades without a free");
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(7);
	setenv("HAKMEM_KEEP_PERCENT", "12", 1);
	unit_open_window(NODES);
	hak_clock_open();
	kept();
	uneven();
	odd();
	at_random();
	target();
	limit();
	fading();
	return ksft_finished();
}
