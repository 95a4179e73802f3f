/* SPDX-License-Identifier: MIT */
/*
 * decommit.c - the number of empty superslabs of a span that go to the kernel.
 *
 * Owns    a span's slices of the delay; the demands to the keeper.
 * Locks   span->lock, never while the kernel takes memory back.
 * Calls   purge.h, budget.h, refused.h, sparse.h, mend.h, misplaced.h, child.h.
 */
#include "reclaim/decommit.h"

#include "reclaim/child.h"
#include "reclaim/mend.h"
#include "reclaim/purge.h"
#include "reclaim/refused.h"
#include "reclaim/slack.h"
#include "reclaim/sparse.h"
#include "reclaim/misplaced.h"
#include "watch/guard.h"
#include "heap/armed.h"
#include "heap/policy.h"
#include "heap/step.h"
#include "heap/warm.h"
#include "heap/window.h"
#include "os/clock.h"
#include "os/wake.h"
#include "base/atomic.h"
#include "base/options.h"
#include "arch/arch.h"

enum {
	COARSE_MS = 10, /* longest step of the coarse clock */
	BUSY_MS = 1000, /* until the keeper tries again, if another thread decommits */
	SLEEP_MS = 1,	/* between two checks, while another thread decommits */
	WAITS_MAX = 1000,
	DEMAND_MS = 3000, /* time in which a living keeper answers a demand */
};

/*
 * A demand asks the keeper to decommit all empty superslabs. The keeper counts the
 * demands met; all other threads count the demands made.
 */
static _Atomic uint32_t demanded;
static _Atomic uint32_t met;
static _Atomic bool deaf; /* the keeper did not meet the last demand in time */

/*
 * With userfaultfd only the keeper can arm, so let the keeper decommit. False
 * if the keeper does not answer.
 */
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

/*
 * Decommit the gathered batch, and more batches while the span has more than `keep`
 * empty resident superslabs. With `early`, record the number, because hakmem will
 * keep more superslabs if the program soon needs these again. Returns the number of
 * superslabs that went.
 */
static uint32_t give(struct hak_span *span, uint32_t keep,
		     struct hak_batch *batch, bool early)
{
	uint32_t gone = hak_purge_give(span, keep, batch);

	hak_lock_take(&span->lock);
	hak_purge_end_locked(span);
	if (early)
		hak_warm_gone_locked(span, gone);
	hak_step_unmap_locked(span, hak_policy_addresses(span->lent));
	hak_lock_drop(&span->lock);
	return gone;
}

uint32_t hak_decommit_trim(struct hak_span *span, uint32_t keep)
{
	struct hak_batch batch = hak_purge_own(span);
	uint64_t before;
	bool gathered;

	hak_child_look();
	before = hak_stat_sum(HAK_STAT_DECOMMITTED);
	if (hak_armed_wanted() && hak_guard_keepers() && demand())
		return (uint32_t)(hak_stat_sum(HAK_STAT_DECOMMITTED) - before);
	hak_lock_take(&span->lock);
	if (!span->trimmer)
		hak_refused_thaw_locked(span);
	gathered = hak_purge_gather_locked(span, keep, &batch);
	hak_lock_drop(&span->lock);
	return gathered ? give(span, keep, &batch, false) : 0;
}

bool hak_decommit_is_anothers(struct hak_span *span)
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

	hak_child_look();
	for (waits = 0; busy && waits < WAITS_MAX; waits++) {
		if (waits)
			hak_clock_sleep(SLEEP_MS);
		busy = hak_decommit_is_anothers(span);
	}
}

/*
 * Does the span end with very many free superslabs? Then some of these superslabs
 * are resident, because hakmem unmaps a long nonresident end
 * (hak_step_unmap_locked()). In this case the addresses are worth more than the
 * resident memory.
 */
static bool ends_loose_locked(const struct hak_span *span)
	HAK_REQUIRES(span->lock)
{
	hak_lock_assert(&span->lock);
	return hak_step_loose_locked(span) >
	       2 * (uint64_t)hak_policy_addresses(span->lent) +
		       hak_budget_total(HAK_TOTAL_KEPT);
}

bool hak_decommit_is_loose(struct hak_span *span)
{
	bool loose;

	hak_lock_take(&span->lock);
	loose = ends_loose_locked(span);
	hak_lock_drop(&span->lock);
	return loose;
}

void hak_decommit_excess(struct hak_span *span, enum hak_total total)
{
	struct hak_batch batch = hak_purge_own(span);
	bool gathered = false;
	uint32_t keep;

	hak_lock_take(&span->lock);
	keep = hak_budget_share(span, total);
	if (ends_loose_locked(span))
		keep = 0;
	if (span->warm > keep && !span->trimmer) {
		hak_refused_tick_locked(span, false);
		gathered = hak_purge_gather_locked(span, keep, &batch);
	}
	hak_lock_drop(&span->lock);
	if (gathered)
		give(span, keep, &batch, true);
}

/* ---- For the keeper ------------------------------------------------------ */

/*
 * An eighth (slice) of the delay has passed. Begin a new slice in place of the
 * oldest.
 */
static void turn_locked(struct hak_span *span, uint32_t now)
	HAK_REQUIRES(span->lock)
{
	hak_lock_assert(&span->lock);
	span->turned = now;
	span->slice = (span->slice + 1) % HAK_SLICES;
	span->least[span->slice] = span->warm;
}

/*
 * The number of empty resident superslabs that have to go now: the number over
 * `keep` during the whole delay, or the number over `bound` now, if larger.
 */
static uint32_t due_locked(const struct hak_span *span, uint32_t keep,
			   uint32_t bound) HAK_REQUIRES(span->lock)
{
	uint32_t least = span->warm;
	uint32_t over = least > bound ? least - bound : 0;
	unsigned i;

	hak_lock_assert(&span->lock);
	for (i = 0; i < HAK_SLICES; i++)
		if (span->least[i] < least)
			least = span->least[i];
	least = least > keep ? least - keep : 0;
	return least > over ? least : over;
}

/* The keeper's work in a span, at this moment. */
struct plan {
	uint32_t keep; /* empty superslabs that may stay resident for any time */
	uint32_t due;  /* empty superslabs that go to the kernel now */
};

static struct plan plan_locked(struct hak_span *span, uint32_t now,
			       bool pressed) HAK_REQUIRES(span->lock)
{
	uint32_t slice = hak_policy_delay() / HAK_SLICES;
	uint32_t coarse = slice / 8 < COARSE_MS ? slice / 8 : COARSE_MS;
	uint32_t keep, bound;

	hak_lock_assert(&span->lock);
	keep = pressed || ends_loose_locked(span)
		       ? 0
		       : hak_budget_share(span, HAK_TOTAL_KEPT);
	bound = pressed ? 0 : hak_budget_share(span, HAK_TOTAL_BOUND);
	/*
	 * The coarse clock may show less time than the keeper slept, so allow for a
	 * tick of the clock.
	 */
	if (now - span->turned + coarse >= slice)
		turn_locked(span, now);
	return (struct plan){ keep,
			      due_locked(span, keep, slice ? bound : keep) };
}

/*
 * Milliseconds until superslabs of the span may have to go. HAK_NEVER if no more
 * than `keep` empty superslabs are resident, and if no retry of refused superslabs
 * is due. `busy`: nothing went, perhaps because another thread decommits.
 */
static uint32_t wait_locked(const struct hak_span *span, uint32_t keep,
			    bool busy) HAK_REQUIRES(span->lock)
{
	uint32_t wait = hak_refused_wait_locked(span);
	uint32_t next = HAK_NEVER;

	hak_lock_assert(&span->lock);
	if (span->warm > keep)
		next = busy ? BUSY_MS : hak_policy_delay() / HAK_SLICES + 1;
	return wait < next ? wait : next;
}

/*
 * Decommit in a span what has to go now. Returns the milliseconds until the keeper
 * has to look again; HAK_NEVER if no superslabs will have to go.
 */
static uint32_t tick(struct hak_span *span, struct hak_batch *batch,
		     uint32_t now, bool pressed)
{
	bool gathered = false;
	uint32_t gone = 0;
	uint32_t stays, next;
	struct plan plan;

	hak_lock_take(&span->lock);
	hak_refused_tick_locked(span, pressed);
	plan = plan_locked(span, now, pressed);
	stays = span->warm - plan.due;
	if (plan.due)
		gathered = hak_purge_gather_locked(span, stays, batch);
	hak_lock_drop(&span->lock);
	if (gathered)
		gone = give(span, stays, batch, true);
	hak_lock_take(&span->lock);
	next = wait_locked(span, plan.keep, plan.due && !gone);
	hak_lock_drop(&span->lock);
	return next;
}

bool hak_decommit_worth(void)
{
	return hak_option(HAK_OPTION_DECOMMIT) != HAK_DECOMMIT_OFF &&
	       (hak_budget_worth_waiting() || hak_sparse_worth());
}

static uint32_t tick_all(struct hak_batch *batch, enum hak_self self,
			 bool pressed)
{
	uint32_t now = hak_clock_ms();
	uint32_t next = HAK_NEVER;
	uint32_t after;
	unsigned i;

	for (i = 0; i < hak_window.spans; i++) {
		after = tick(&hak_window.span[i], batch, now, pressed);
		next = after < next ? after : next;
		if (self != HAK_SELF_FREE ||
		    !hak_misplaced_any(&hak_window.span[i]) ||
		    hak_self_look() != HAK_SELF_FREE)
			continue;
		after = hak_misplaced_tick(&hak_window.span[i]);
		next = after < next ? after : next;
	}
	return next;
}

uint32_t hak_decommit_tick(enum hak_self self, bool pressed)
{
	struct hak_batch batch = hak_purge_keepers(self);
	uint32_t demand = hak_read_once(&demanded);
	bool all = demand != hak_read_once(&met);
	uint32_t next, after;

	pressed &= hak_option(HAK_OPTION_DECOMMIT) != HAK_DECOMMIT_OFF;
	hak_stat_add(&hak_window.span[0].stats, HAK_STAT_PRESSED, pressed);
	next = tick_all(&batch, self, pressed || all);
	hak_write_once(&deaf, false);
	/* pairs with demand() */
	hak_store_release(&met, demand);
	if (pressed) {
		hak_sparse_give_short(batch.method);
		/* Superslabs that became empty meanwhile go too. */
		next = tick_all(&batch, self, pressed);
	}
	after = hak_slack_tick(batch.method);
	next = after < next ? after : next;
	after = hak_mend_tick(self);
	return after < next ? after : next;
}
