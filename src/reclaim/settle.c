/* SPDX-License-Identifier: MIT */
/*
 * settle.c - brings spans back to the budget, at the end of a slow path.
 *
 * Owns    nothing: the notes are in the spans and in base/todo.h.
 * Locks   none. A signal handler that interrupted the holder of a lock
 *         decommits nothing, and the note stays.
 * Calls   decommit.h, budget.h, misplaced.h, child.h, os/wake.h.
 */
#include "reclaim/settle.h"

#include "reclaim/child.h"
#include "reclaim/decommit.h"
#include "reclaim/misplaced.h"
#include "heap/policy.h"
#include "heap/warm.h"
#include "heap/window.h"
#include "os/clock.h"
#include "os/filter.h"
#include "os/self.h"
#include "os/wake.h"
#include "base/atomic.h"
#include "base/todo.h"

enum {
	SLEEP_MS = 1, /* between two checks, while another thread decommits */
	WAITS_MAX = 1000,
};

/* Decommit in all spans, because the total limits all spans together. */
static void let_go(enum hak_total total)
{
	unsigned i;

	for (i = 0; i < hak_window.spans; i++)
		hak_decommit_excess(&hak_window.span[i], total);
}

/*
 * Are many more superslabs mapped than lent? An empty resident superslab at the end
 * of the span keeps the free addresses before the superslab mapped. Without the
 * lock the answer is a guess.
 */
static bool may_be_loose(const struct hak_span *span)
{
	uint64_t mapped = hak_stat_get(&span->stats, HAK_STAT_MAPPED) -
			  hak_stat_get(&span->stats, HAK_STAT_UNMAPPED);

	return hak_unlikely(mapped >> HAK_SUPERSLAB_SHIFT >
			    span->lent +
				    2 * hak_policy_addresses(span->lent)) &&
	       span->warm;
}

static bool is_any_anothers(void)
{
	unsigned i;

	for (i = 0; i < hak_window.spans; i++)
		if (hak_decommit_is_anothers(&hak_window.span[i]))
			return true;
	return false;
}

/*
 * Decommit at once, because the keeper might be too late. Superslabs that another
 * thread is giving back stay resident until the kernel has the pages, so wait for
 * these superslabs too.
 */
static HAK_COLD void let_go_now(void)
{
	unsigned waits;

	hak_child_look();
	let_go(HAK_TOTAL_ROOM);
	for (waits = 0;
	     waits < WAITS_MAX && hak_budget_urgent() && is_any_anothers();
	     waits++) {
		hak_clock_sleep(SLEEP_MS);
		let_go(HAK_TOTAL_ROOM);
	}
}

/*
 * In a signal handler that interrupted the holder of a lock, decommit nothing. The
 * note stays for the end of the interrupted slow path.
 */
static HAK_COLD bool is_nested(struct hak_span *span)
{
	if (!hak_lock_any_is_mine())
		return false;
	hak_span_note_again(span);
	hak_todo_add(HAK_TODO_SETTLE);
	return true;
}

void hak_settle_span(struct hak_span *span)
{
	bool over;

	hak_child_look();
	if (hak_misplaced_any(span) && !hak_wake_answered()) {
		if (is_nested(span))
			return;
		hak_misplaced_tick(span);
	}
	if (!hak_filter_here())
		hak_budget_learn();
	/*
	 * Even if all superslabs stay resident, a keeper should wait for memory
	 * pressure.
	 */
	if (hak_budget_worth_a_look(span) && !hak_wake_answered())
		hak_wake_want();
	/*
	 * Not in the keeper: the keeper decommits in hak_decommit_tick(), and may
	 * have claimed tcaches here.
	 */
	if (hak_budget_urgent() && !hak_self_is_keeper()) {
		if (is_nested(span))
			return;
		let_go_now();
	}
	over = hak_budget_over(HAK_TOTAL_KEPT);
	if (hak_likely(!over) && !may_be_loose(span))
		return;
	if (is_nested(span) || (!over && !hak_decommit_is_loose(span)) ||
	    hak_wake_keeper())
		return;
	hak_wake_want();
	let_go(HAK_TOTAL_KEPT);
}

/* Settle all spans with a note. Two threads may do so at the same time without harm. */
static void settle_noted(void)
{
	struct hak_span *span;
	uint32_t returns;
	unsigned i;

	for (i = 0; i < hak_window.spans; i++) {
		span = &hak_window.span[i];
		/* pairs with hak_span_return() */
		returns = hak_load_acquire(&span->returns);
		if (returns == hak_read_once(&span->settled))
			continue;
		hak_write_once(&span->settled, returns);
		hak_settle_span(span);
	}
}

void hak_settle_noted(void)
{
	bool limited = hak_warm_limit() != UINT32_MAX;

	if (hak_read_once(&hak_todo) & HAK_TODO_SETTLE) {
		/*
		 * The number of settlers is in the same word as the note's bit. So
		 * a thread that does not find the bit any more sees the number.
		 */
		if (limited)
			hak_todo_enter_settler();
		if (hak_todo_take(HAK_TODO_SETTLE))
			settle_noted();
		if (limited)
			hak_todo_leave_settler();
	}
	/*
	 * Another thread may have taken the running thread's note. Under a limit
	 * the running thread must not return to the program before the superslabs
	 * over the limit are gone.
	 */
	if (hak_unlikely(hak_todo_has_settler()) && hak_budget_urgent() &&
	    !hak_lock_any_is_mine())
		let_go_now();
}

bool hak_settle_join(void)
{
	bool any = false;
	struct hak_span *span;
	unsigned i;

	for (i = 0; i < hak_window.spans; i++) {
		span = &hak_window.span[i];
		if (!hak_read_once(&span->joinable) ||
		    !hak_exchange_relaxed(&span->joinable, false))
			continue;
		hak_decommit_trim(span, 0);
		any = true;
	}
	return any;
}

void hak_settle_all(void)
{
	unsigned i;

	for (i = 0; i < hak_window.spans; i++)
		hak_settle_span(&hak_window.span[i]);
}
