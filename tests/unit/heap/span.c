/* SPDX-License-Identifier: MIT */
/*
 * span.c - superslabs lent and returned at random, against a naive model:
 * nobody has what another has, and what is said to be zero reads as zero.
 */
#include "reclaim/decommit.h"
#include "reclaim/settle.h"
#include "heap/span.h"

#include "unit/heap.h"

#include "heap/policy.h"

#include <pthread.h>

enum { HELD = 24, STEPS = 1500, RECORDS = 4096 };
enum { THREADS = 3, ROUNDS = 300 };

static struct hak_span *span;
static struct hak_run held[HELD]; /* count 0: none */
static uint8_t owner[RECORDS];	  /* of each superslab: 0, or 1 + its place */

/* Three words of a superslab stand for all of it, to touch few pages. */
static volatile uint64_t *word(uint32_t superslab, int which)
{
	static const size_t at[] = { 0, 777 * 1024,
				     HAK_SUPERSLAB_BYTES - 8 };

	return (volatile uint64_t *)(hak_span_address(span, superslab) +
				     at[which]);
}

static void claim(const struct hak_run *run, uint32_t from, uint8_t who,
		  bool zero)
{
	uint32_t i;
	int w;

	unit_need(run->first + run->count <= RECORDS);
	for (i = run->first + from; i < run->first + run->count; i++) {
		unit_expect(i < span->mapped && owner[i] == 0);
		unit_expect(span->superslab[i].state == HAK_SUPERSLAB_LIVE);
		owner[i] = who;
		for (w = 0; w < 3; w++) {
			unit_expect(!zero || *word(i, w) == 0);
			*word(i, w) = i * 3UL + who;
		}
	}
}

static void release(const struct hak_run *run, uint8_t who)
{
	uint32_t i;
	int w;

	for (i = run->first; i < run->first + run->count; i++) {
		unit_expect(owner[i] == who);
		owner[i] = 0;
		for (w = 0; w < 3; w++)
			unit_expect(*word(i, w) == i * 3UL + who);
	}
}

static void compare(void)
{
	uint32_t lent = 0, warm = 0, i;

	for (i = 0; i < span->mapped; i++) {
		lent += owner[i] != 0;
		warm += span->superslab[i].state == HAK_SUPERSLAB_EMPTY;
		unit_expect((owner[i] != 0) ==
			    (span->superslab[i].state == HAK_SUPERSLAB_LIVE));
	}
	unit_expect(span->lent == lent && span->warm == warm);
	unit_expect(span->inflight == 0);
	unit_expect(unit_stat(HAK_STAT_SUPERSLABS_LENT) -
			    unit_stat(HAK_STAT_SUPERSLABS_RETURNED) == lent);
	unit_expect(unit_stat(HAK_STAT_MAPPED) -
			    unit_stat(HAK_STAT_UNMAPPED) <=
		    (uint64_t)span->mapped << HAK_SUPERSLAB_SHIFT);
}

static void lend(struct hak_run *run, uint8_t who)
{
	uint32_t count = 1 + (uint32_t)unit_below(unit_below(4) ? 4 : 20);
	uint32_t align = unit_below(4) ? 1 : 1U << unit_below(5);
	uintptr_t at;

	unit_need(hak_span_lend(span, count, align, run));
	at = (uintptr_t)hak_span_address(run->span, run->first);
	unit_expect(run->span == span && run->count == count);
	unit_expect(at % ((size_t)align << HAK_SUPERSLAB_SHIFT) == 0);
	claim(run, 0, who, run->zero);
}

static void extend(struct hak_run *run, uint8_t who)
{
	uint32_t more = 1 + (uint32_t)unit_below(4);
	struct hak_run before = *run;
	bool could = true;
	uint8_t state;
	uint32_t i;

	for (i = 0; i < more; i++) {
		uint32_t next = run->first + run->count + i;

		state = next < span->mapped ? span->superslab[next].state :
					       HAK_SUPERSLAB_NONE;
		could = could && next < span->mapped &&
			(state == HAK_SUPERSLAB_EMPTY ||
			 state == HAK_SUPERSLAB_FRESH ||
			 state == HAK_SUPERSLAB_DECOMMITTED);
	}
	if (hak_span_extend(run, more)) {
		unit_expect(could && run->count == before.count + more);
		claim(run, before.count, who, false);
	} else {
		unit_expect(run->count == before.count);
	}
	unit_expect(run->first == before.first);
}

static void step(void)
{
	unsigned int place = (unsigned int)unit_below(HELD);
	struct hak_run *run = &held[place];
	uint8_t who = (uint8_t)(place + 1);

	if (unit_below(60) == 0) {
		uint32_t keep = (uint32_t)unit_below(20);
		uint32_t before = span->warm;
		uint32_t gone = hak_decommit_trim(span, keep);

		unit_expect(gone == (before > keep ? before - keep : 0));
		unit_expect(span->warm == before - gone);
	} else if (!run->count) {
		lend(run, who);
	} else if (unit_below(3) == 0) {
		extend(run, who);
	} else {
		release(run, who);
		if (unit_below(3)) {
			unit_return(run);
			unit_expect(span->warm <=
				    hak_policy_keep(span->lent, span->missed));
		} else {
			hak_span_return_moved(run);
		}
		run->count = 0;
	}
}

static void model(void)
{
	int i;

	for (i = 0; i < STEPS; i++) {
		step();
		if (i % 16 == 0)
			compare();
	}
	for (i = 0; i < HELD; i++) {
		if (!held[i].count)
			continue;
		release(&held[i], (uint8_t)(i + 1));
		unit_return(&held[i]);
	}
	compare();
	unit_expect(span->lent == 0);
	unit_result("random lending against a model");
}

static void growth(void)
{
	struct hak_run run;
	uint32_t before;

	unit_expect(span->mapped == 0);
	unit_need(hak_span_lend(span, 1, 1, &run));
	unit_expect(run.zero && run.first == 0);
	unit_expect(span->mapped == hak_policy_step(1, 0));
	unit_expect(unit_stat(HAK_STAT_MAPPED) ==
		    (uint64_t)span->mapped << HAK_SUPERSLAB_SHIFT);
	unit_expect(span->superslab[1].state == HAK_SUPERSLAB_FRESH);
	before = span->mapped;
	unit_expect(hak_span_extend(&run, before - 1));
	unit_expect(!hak_span_extend(&run, 1));
	unit_expect(span->mapped == before);
	unit_return(&run);
	unit_expect(span->warm == before);
	unit_need(hak_span_lend(span, before, 1, &run));
	unit_expect(!run.zero && span->mapped == before);
	unit_return(&run);
	unit_expect(hak_decommit_trim(span, 0) == before);
	unit_expect(unit_stat(HAK_STAT_DECOMMITTED) == before);
	unit_need(hak_span_lend(span, before, 1, &run));
	unit_expect(run.zero && span->mapped == before);
	unit_return(&run);
	unit_result("mapped in steps, and lent again before more is mapped");
}

/* To put is no call to the kernel; to settle is, for what is too much. */
static void settling(void)
{
	uint32_t keep, gone, before;
	struct hak_run run;

	hak_decommit_trim(span, 0);
	span->gone = 0;
	span->missed = 0;
	keep = hak_policy_keep(0, 0);
	unit_need(hak_span_lend(span, keep + 5, 1, &run));
	before = (uint32_t)unit_stat(HAK_STAT_DECOMMITTED);
	hak_span_return(&run);
	unit_expect(span->warm == keep + 5 && span->lent == 0);
	unit_expect(unit_stat(HAK_STAT_DECOMMITTED) == before);
	/* More than there can ever be: refused, and nothing trimmed for it. */
	unit_expect(!hak_span_lend(span, span->limit + 1, 1, &run));
	unit_expect(!hak_span_lend(span, 1, 2 * span->limit, &run));
	unit_expect(span->warm == keep + 5);
	/* One trims at a time. */
	span->trimmer = 77;
	hak_settle_span(span);
	unit_expect(hak_decommit_trim(span, 0) == 0);
	unit_expect(span->warm == keep + 5 && span->trimmer == 77);
	span->trimmer = 0;
	hak_settle_span(span);
	unit_expect(span->warm == keep && span->trimmer == 0);
	gone = (uint32_t)unit_stat(HAK_STAT_DECOMMITTED) - before;
	unit_expect(gone == 5);
	compare();
	unit_result("put, then settled, by one at a time");
}

/* What was decommitted and wanted again is kept the next time. */
static void missing(void)
{
	uint32_t keep = hak_policy_keep(0, 0);
	struct hak_run live, run;

	hak_decommit_trim(span, 0);
	span->gone = 0;
	span->missed = 0;
	unit_need(hak_span_lend(span, 40, 1, &live));
	unit_need(hak_span_lend(span, keep + 9, 1, &run));
	unit_expect(span->missed == 0);
	unit_return(&run);
	unit_expect(span->warm == keep && span->gone == 9);
	/* All of it again: nine that went, and what else was not warm. */
	unit_need(hak_span_lend(span, keep + 9, 1, &run));
	unit_expect(span->missed == 9 && span->gone == 0);
	unit_return(&run);
	unit_expect(span->warm >= keep + 9);
	hak_settle_span(span);
	unit_expect(span->warm == keep + 9);
	/* Two periods later it is a quarter, and of what went too. */
	span->gone = 4;
	span->period -= 2;
	hak_settle_span(span);
	unit_expect(span->missed == 2 && span->warm == keep + 2);
	/* Without the live ones there is nothing to keep it for. */
	unit_return(&live);
	unit_expect(span->warm == keep);
	unit_result("what was missed is kept, for a while");
}

static void *lend_and_return(void *arg)
{
	uint32_t me = *(uint32_t *)arg, i, n;
	struct hak_run run;

	for (i = 0; i < ROUNDS; i++) {
		unit_need(hak_span_lend(span, 1 + (me + i) % 3, 1, &run));
		for (n = run.first; n < run.first + run.count; n++) {
			unit_expect(!run.zero || *word(n, 0) == 0);
			*word(n, 0) = me;
		}
		for (n = run.first; n < run.first + run.count; n++)
			unit_expect(*word(n, 0) == me);
		unit_return(&run);
		if (i % 16 == 0)
			hak_decommit_trim(span, me);
	}
	return NULL;
}

static void threads(void)
{
	static uint32_t number[THREADS] = { 1, 2, 3 };
	pthread_t thread[THREADS];
	int i;

	for (i = 0; i < THREADS; i++)
		unit_need(!pthread_create(&thread[i], NULL, lend_and_return,
					  &number[i]));
	for (i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	compare();
	unit_expect(span->trimmer == 0);
	unit_result("threads that lend, return and trim at once");
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(5);
	unit_open_heap();
	span = &hak_window.span[0];
	growth();
	model();
	settling();
	missing();
	threads();
	return ksft_finished();
}
