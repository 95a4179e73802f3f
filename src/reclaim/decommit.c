/* SPDX-License-Identifier: MIT */
/*
 * decommit.c - when empty superslabs go back to the kernel.
 *
 * Owns    a span's slices; the fate of INFLIGHT superslabs in a fork child.
 * Locks   span->lock, never while the kernel takes memory back.
 * Calls   purge.h, budget.h, refused.h, sparse.h, spill.h, os/wake.h.
 */
#include "reclaim/decommit.h"

#include "reclaim/budget.h"
#include "reclaim/purge.h"
#include "reclaim/refused.h"
#include "reclaim/sparse.h"
#include "reclaim/spill.h"
#include "watch/guard.h"
#include "heap/armed.h"
#include "heap/leftover.h"
#include "heap/policy.h"
#include "heap/run.h"
#include "heap/span.h"
#include "heap/step.h"
#include "heap/warm.h"
#include "heap/window.h"
#include "os/clock.h"
#include "os/filter.h"
#include "os/kin.h"
#include "os/ring.h"
#include "os/self.h"
#include "os/wake.h"
#include "base/atomic.h"
#include "base/options.h"
#include "base/todo.h"
#include "arch/arch.h"

enum {
	COARSE_MS = 10,
	BUSY_MS = 1000, /* if another thread is decommitting */
	SLEEP_MS = 1,	/* while another thread trims */
	WAITS_MAX = 1000,
	DEMAND_MS = 3000, /* time for a living keeper to meet a demand */
};

/* Demands to decommit everything empty: how many were made, how many met. */
static _Atomic uint32_t demanded;
static _Atomic uint32_t met;
static _Atomic bool deaf; /* the keeper missed the last demand */

/* Let the keeper decommit, if only the keeper can arm. False: no answer. */
static bool demand(void)
{
	uint32_t own = hak_add_relaxed(&demanded, 1) + 1;
	unsigned waits;

	if (hak_read_once(&deaf))
		return false;
	for (waits = 0; waits < DEMAND_MS && hak_wake_call(); waits++) {
		/* pairs with hak_decommit_tick() */
		if ((int32_t)(hak_load_acquire(&met) - own) >= 0)
			return true;
		hak_clock_sleep(1);
	}
	if (waits == DEMAND_MS)
		hak_write_once(&deaf, true);
	return false;
}

void hak_decommit_look_for_fork(void)
{
	if (hak_kin_is_new(HAK_KIN_HEAP))
		hak_decommit_after_fork();
}

uint32_t hak_decommit_trim(struct hak_span *span, uint32_t keep)
{
	struct hak_batch batch = hak_purge_own(span);
	uint32_t gone = 0;
	uint64_t before;

	hak_decommit_look_for_fork();
	before = hak_stat_sum(HAK_STAT_DECOMMITTED);
	if (hak_armed_wanted() && hak_guard_keepers() && demand())
		return (uint32_t)(hak_stat_sum(HAK_STAT_DECOMMITTED) - before);
	hak_lock_take(&span->lock);
	if (!span->trimmer) {
		hak_refused_thaw_locked(span);
		gone = hak_purge_locked(span, keep, &batch);
		hak_step_unclaim_locked(span, hak_policy_addresses(span->lent));
	}
	hak_lock_drop(&span->lock);
	return gone;
}

/* Does another thread decommit superslabs of the span? */
static bool is_anothers(struct hak_span *span)
{
	uintptr_t self = arch_thread_pointer();
	bool busy;

	hak_lock_take(&span->lock);
	busy = span->trimmer && span->trimmer != self;
	hak_lock_drop(&span->lock);
	return busy;
}

void hak_decommit_wait(struct hak_span *span)
{
	bool busy = true;
	unsigned waits;

	hak_decommit_look_for_fork();
	for (waits = 0; busy && waits < WAITS_MAX; waits++) {
		if (waits)
			hak_clock_sleep(SLEEP_MS);
		busy = is_anothers(span);
	}
}

/* ---- Now ----------------------------------------------------------------- */

/* Decommit superslabs that may be missed later. Returns how many went. */
static uint32_t let_go_locked(struct hak_span *span, uint32_t keep,
			      struct hak_batch *batch)
{
	uint32_t gone;

	if (span->trimmer)
		return 0;
	hak_refused_tick_locked(span, false);
	gone = hak_purge_locked(span, keep, batch);
	hak_warm_gone_locked(span, gone);
	hak_step_unclaim_locked(span, hak_policy_addresses(span->lent));
	return gone;
}

/*
 * Are there so many free superslabs at the end, warm or cold, that the warm
 * superslabs among them are not worth the addresses of all?
 */
static bool ends_loose_locked(const struct hak_span *span)
{
	return hak_step_loose_locked(span) >
	       2 * (uint64_t)hak_policy_addresses(span->lent) +
		       hak_budget_total(HAK_TOTAL_KEPT);
}

/* Decommit in all spans, because the excess belongs to all of them together. */
static void let_go(enum hak_total total)
{
	struct hak_span *span;
	struct hak_batch batch;
	uint32_t keep;
	unsigned i;

	for (i = 0; i < hak_window.spans; i++) {
		span = &hak_window.span[i];
		batch = hak_purge_own(span);
		hak_lock_take(&span->lock);
		keep = hak_budget_share(span, total);
		if (ends_loose_locked(span))
			keep = 0;
		if (span->warm > keep)
			let_go_locked(span, keep, &batch);
		hak_lock_drop(&span->lock);
	}
}

/*
 * Are far more superslabs mapped than lent? A warm superslab at the end keeps the
 * addresses of all free superslabs there. Sure only under the lock.
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

static bool is_loose(struct hak_span *span)
{
	bool loose;

	hak_lock_take(&span->lock);
	loose = ends_loose_locked(span);
	hak_lock_drop(&span->lock);
	return loose;
}

static bool is_any_anothers(void)
{
	unsigned i;

	for (i = 0; i < hak_window.spans; i++)
		if (is_anothers(&hak_window.span[i]))
			return true;
	return false;
}

/*
 * The keeper might be too late. Superslabs in the hands of another thread are
 * resident until the kernel has them: wait until enough have gone.
 */
static HAK_COLD void let_go_now(void)
{
	unsigned waits;

	hak_decommit_look_for_fork();
	let_go(HAK_TOTAL_ROOM);
	for (waits = 0; waits < WAITS_MAX && hak_budget_urgent() &&
			is_any_anothers();
	     waits++) {
		hak_clock_sleep(SLEEP_MS);
		let_go(HAK_TOTAL_ROOM);
	}
}

/* As if superslabs had come back to the span. */
static void note_again(struct hak_span *span)
{
	hak_write_once(&span->settled, hak_read_once(&span->returns) - 1);
}

/*
 * Inside a signal handler that interrupted the holder of a lock, let nothing go.
 * The note stays, and the interrupted slow path reads the note at the end.
 */
static HAK_COLD bool is_nested(struct hak_span *span)
{
	if (!hak_lock_any_is_mine())
		return false;
	note_again(span);
	hak_todo_add(HAK_TODO_SETTLE);
	return true;
}

void hak_decommit_settle(struct hak_span *span)
{
	bool over;

	hak_decommit_look_for_fork();
	if (hak_spill_any(span) && !hak_wake_answered()) {
		if (is_nested(span))
			return;
		hak_spill_tick(span);
	}
	if (!hak_filter_here())
		hak_budget_learn();
	/* If everything is kept, a keeper has to hear of memory shortage. */
	if (hak_budget_worth_a_look(span) && !hak_wake_answered())
		hak_wake_want();
	/* The keeper may hold claims here, and decommits in its tick. */
	if (hak_budget_urgent() && !hak_self_is_keeper()) {
		if (is_nested(span))
			return;
		let_go_now();
	}
	over = hak_budget_over(HAK_TOTAL_KEPT);
	if (hak_likely(!over) && !may_be_loose(span))
		return;
	if (is_nested(span) || (!over && !is_loose(span)) || hak_wake_ring())
		return;
	hak_wake_want();
	let_go(HAK_TOTAL_KEPT);
}

/* All spans with a note. Two threads may settle at once, without harm. */
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
		hak_decommit_settle(span);
	}
}

void hak_decommit_settle_noted(void)
{
	bool limited = hak_warm_limit() != UINT32_MAX;

	if (hak_read_once(&hak_todo) & HAK_TODO_SETTLE) {
		/* In the same word as the bit: who misses the bit sees this. */
		if (limited)
			hak_todo_enter_settler();
		if (hak_todo_take(HAK_TODO_SETTLE))
			settle_noted();
		if (limited)
			hak_todo_leave_settler();
	}
	/*
	 * Another thread may have taken the note of this thread. Under a limit the
	 * thread must not return to the program before the excess has gone.
	 */
	if (hak_unlikely(hak_todo_has_settler()) && hak_budget_urgent() &&
	    !hak_lock_any_is_mine())
		let_go_now();
}

bool hak_decommit_join(void)
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

void hak_decommit_settle_all(void)
{
	unsigned i;

	for (i = 0; i < hak_window.spans; i++)
		hak_decommit_settle(&hak_window.span[i]);
}

/* A slice of the delay is over: forget the oldest slice. */
static void turn_locked(struct hak_span *span, uint32_t now)
{
	span->turned = now;
	span->slice = (span->slice + 1) % HAK_SLICES;
	span->least[span->slice] = span->warm;
}

/* How many superslabs are over `keep` for the whole delay, or over `bound` now? */
static uint32_t due_locked(const struct hak_span *span, uint32_t keep,
			   uint32_t bound)
{
	uint32_t least = span->warm;
	uint32_t over = least > bound ? least - bound : 0;
	unsigned i;

	for (i = 0; i < HAK_SLICES; i++)
		if (span->least[i] < least)
			least = span->least[i];
	least = least > keep ? least - keep : 0;
	return least > over ? least : over;
}

/* Milliseconds until superslabs of this span may be due; HAK_NEVER: no excess. */
static uint32_t tick(struct hak_span *span, struct hak_batch *batch, uint32_t now,
		     bool pressed)
{
	uint32_t slice = hak_policy_delay() / HAK_SLICES;
	uint32_t coarse = slice / 8 < COARSE_MS ? slice / 8 : COARSE_MS;
	uint32_t next = HAK_NEVER;
	uint32_t keep, bound, due, wait;

	hak_lock_take(&span->lock);
	hak_refused_tick_locked(span, pressed);
	keep = pressed || ends_loose_locked(span)
		       ? 0
		       : hak_budget_share(span, HAK_TOTAL_KEPT);
	bound = pressed ? 0 : hak_budget_share(span, HAK_TOTAL_BOUND);
	/* A coarse clock may show a sleep as shorter than it was. */
	if (now - span->turned + coarse >= slice)
		turn_locked(span, now);
	due = due_locked(span, keep, slice ? bound : keep);
	if (due && !let_go_locked(span, span->warm - due, batch) &&
	    span->warm > keep)
		next = BUSY_MS;
	else if (span->warm > keep)
		next = slice + 1;
	wait = hak_refused_wait_locked(span);
	next = wait < next ? wait : next;
	hak_lock_drop(&span->lock);
	return next;
}

bool hak_decommit_worth(void)
{
	return hak_option(HAK_OPTION_DECOMMIT) != HAK_DECOMMIT_OFF &&
	       (hak_budget_worth_waiting() || hak_sparse_worth());
}

static uint32_t tick_all(struct hak_batch *batch, bool filtered, bool pressed)
{
	uint32_t now = hak_clock_ms();
	uint32_t next = HAK_NEVER;
	uint32_t after;
	unsigned i;

	for (i = 0; i < hak_window.spans; i++) {
		after = tick(&hak_window.span[i], batch, now, pressed);
		next = after < next ? after : next;
		if (filtered || !hak_spill_any(&hak_window.span[i]) ||
		    hak_self_look() != HAK_SELF_FREE)
			continue;
		after = hak_spill_tick(&hak_window.span[i]);
		next = after < next ? after : next;
	}
	return next;
}

uint32_t hak_decommit_tick(bool filtered, bool pressed)
{
	struct hak_batch batch = hak_purge_keepers(filtered);
	uint32_t demand = hak_read_once(&demanded);
	bool all = demand != hak_read_once(&met);
	uint32_t next, after;

	pressed &= hak_option(HAK_OPTION_DECOMMIT) != HAK_DECOMMIT_OFF;
	hak_stat_add(&hak_window.span[0].stats, HAK_STAT_PRESSED, pressed);
	next = tick_all(&batch, filtered, pressed || all);
	hak_write_once(&deaf, false);
	/* pairs with demand() */
	hak_store_release(&met, demand);
	/* Superslabs that became empty meanwhile go too. */
	if (pressed && hak_sparse_give(batch.method))
		next = tick_all(&batch, filtered, pressed);
	after = hak_sparse_mend(filtered);
	return after < next ? after : next;
}

/* ---- In a fork child ----------------------------------------------------- */

static void recover(struct hak_span *span)
{
	uint32_t i;

	/* Forked in a signal handler: the interrupted work goes on here. */
	if (span->trimmer == arch_thread_pointer() ||
	    hak_lock_is_mine(&span->lock))
		return;
	/* A bare _Fork() waits for no lock: the holder is missing in the child. */
	if (hak_lock_was_lost(&span->lock)) {
		hak_span_rebuild(span);
		span->trimmer = 0;
		return;
	}
	hak_lock_take(&span->lock);
	for (i = 0; span->inflight && i < span->claimed; i++) {
		if (span->superslab[i].state != HAK_SUPERSLAB_INFLIGHT)
			continue;
		hak_span_count_locked(&span->inflight, -1U);
		span->superslab[i].held = false;
		if (hak_leftover_lost_locked(span, i))
			continue;
		hak_superslab_set(&span->superslab[i], HAK_SUPERSLAB_EMPTY);
		hak_run_add_locked(span, i, 1);
		hak_warm_count_locked(span, 1);
	}
	span->trimmer = 0;
	hak_lock_drop(&span->lock);
}

void hak_decommit_after_fork(void)
{
	unsigned i;

	hak_kin_is_new(HAK_KIN_HEAP);
	hak_wake_forget();
	hak_ring_forget();
	for (i = 0; i < hak_window.spans; i++) {
		recover(&hak_window.span[i]);
		note_again(&hak_window.span[i]);
	}
	while (hak_todo_has_settler())
		hak_todo_leave_settler();
	hak_todo_add(HAK_TODO_SETTLE);
	hak_sparse_after_fork();
	hak_budget_after_fork();
}
