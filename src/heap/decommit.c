/* SPDX-License-Identifier: MIT */
/*
 * decommit.c - what is empty goes back to the kernel: when, and how.
 *
 * Owns    INFLIGHT superslabs, a span's trimmer and slices.
 * Locks   span->lock, never while the kernel takes memory back.
 * Calls   budget.h, refused.h, run.h, policy.h, sparse.h, spill.h, wake.h, os/give.h.
 * Called by  the rest of this floor, front/.
 */
#include "heap/decommit.h"

#include "heap/budget.h"
#include "heap/guard.h"
#include "heap/leftover.h"
#include "heap/observe.h"
#include "heap/policy.h"
#include "heap/refused.h"
#include "heap/run.h"
#include "heap/slab.h"
#include "heap/sparse.h"
#include "heap/spill.h"
#include "heap/step.h"
#include "heap/window.h"
#include "numa/topology.h"
#include "os/clock.h"
#include "os/filter.h"
#include "os/give.h"
#include "os/kin.h"
#include "os/ring.h"
#include "os/self.h"
#include "os/wake.h"
#include "base/atomic.h"
#include "base/bits.h"
#include "base/fault.h"
#include "base/options.h"
#include "arch/arch.h"

#include <errno.h>

enum {
	COARSE_MS = 10,
	BUSY_MS = 1000, /* while another thread gives some */
	SLEEP_MS = 1,	/* while another thread trims */
	WAITS_MAX = 1000,
	DEMAND_MS = 3000, /* in which a keeper that lives has given all */
	CALL_US = 500,	  /* that a call of the keeper's is to take */
	PACE_FIRST = 1,
};

/* Ranges on their way: what one call or submission takes. */
struct batch {
	struct hak_ranges ranges;
	unsigned room;	     /* for ranges */
	uint32_t superslabs; /* at most */
	enum hak_rung rung;
	bool guarded; /* they are armed first */
	bool keepers; /* who may not call what a filter forbids */
	bool paced;   /* the keeper's: it may be asked to end */
};

/* How often all that is empty was to go at once, and how often it has. */
static _Atomic uint32_t demanded;
static _Atomic uint32_t met;
static _Atomic bool deaf; /* the last one was not heard in time */

/* The keeper's: superslabs that it gives at once, so that who ends it waits little. */
static uint32_t pace = PACE_FIRST;

/* ---- How ----------------------------------------------------------------- */

/* What nothing may lie outside of is populated before use: it must be gone. */
static bool lazily(void)
{
	return hak_option(HAK_OPTION_DECOMMIT) == HAK_DECOMMIT_FREE &&
	       !hak_topology.bound && !hak_guard_wanted();
}

static uint32_t first_of(const struct hak_span *span, const struct iovec *range)
{
	return (uint32_t)((size_t)((char *)range->iov_base - span->base) >>
			  HAK_SUPERSLAB_SHIFT);
}

static uint32_t count_of(const struct iovec *range)
{
	return (uint32_t)(range->iov_len >> HAK_SUPERSLAB_SHIFT);
}

/* Takes up to `most` warm superslabs out of everyone's reach. */
static uint32_t take_off_locked(struct hak_span *span, uint32_t most,
				uint32_t *ret_first)
{
	uint32_t head = hak_run_longest_locked(span, HAK_RUN_WARM);
	uint32_t first, count;

	if (head == HAK_NO_RUN)
		return 0;
	count = span->superslab[head].run;
	if (count > most)
		count = most;
	first = head + span->superslab[head].run - count;
	hak_run_cut_locked(span, head, first, count);
	hak_span_set_states(span, first, count, HAK_SUPERSLAB_INFLIGHT);
	hak_budget_count_locked(span, -(int32_t)count);
	hak_span_count_locked(&span->inflight, count);
	*ret_first = first;
	return count;
}

static void add_range(struct hak_ranges *ranges, void *address, size_t bytes)
{
	ranges->range[ranges->count] = (struct iovec){ address, bytes };
	ranges->err[ranges->count++] = HAK_TO_GIVE;
}

/* The pages that none but their slabs' records are in, if there are any. */
static void add_records_locked(struct hak_span *span, uint32_t first,
			       uint32_t count, struct hak_ranges *ranges)
{
	char *from = (char *)&span->slab[(size_t)first * HAK_UNITS];
	char *to = (char *)&span->slab[(size_t)(first + count) * HAK_UNITS];
	bool any = false;
	uint32_t i;

	for (i = first; i < first + count; i++) {
		any |= span->superslab[i].recorded;
		span->superslab[i].recorded = false;
	}
	from = (char *)hak_round_up((uintptr_t)from, hak_window.page);
	to -= (uintptr_t)to % hak_window.page;
	if (any && from < to)
		add_range(ranges, from, (size_t)(to - from));
}

/* Gathers what is warm beyond `keep`, as much as goes at once. */
static void gather_locked(struct hak_span *span, uint32_t keep,
			  struct batch *batch)
{
	struct hak_ranges *ranges = &batch->ranges;
	uint32_t room = batch->superslabs;
	uint32_t more, count, first = 0;

	ranges->count = 0;
	while (ranges->count + 1 < batch->room && room && span->warm > keep) {
		more = span->warm - keep;
		count = take_off_locked(span, more < room ? more : room,
					&first);
		if (!count)
			break;
		room -= count;
		add_range(ranges, hak_span_address(span, first),
			  (size_t)count << HAK_SUPERSLAB_SHIFT);
		if (batch->guarded)
			hak_guard_mark_locked(span, first, count);
		/*
		 * Nothing may be had from elsewhere, if they are touched again;
		 * and a guard tells from them what there was.
		 */
		if (!hak_topology.bound && !hak_guard_wanted())
			add_records_locked(span, first, count, ranges);
	}
}

/* Wherever records can ever be: how far there are some changes under the lock. */
static bool is_record(const struct hak_span *span, const struct iovec *range)
{
	const struct hak_region *region = &span->slab_region;

	return (size_t)((char *)range->iov_base - region->base) < region->limit;
}

/* Superslabs that the kernel has, or that it would not take. */
static uint32_t land_row_locked(struct hak_span *span, uint32_t first,
				uint32_t count)
{
	bool held = span->superslab[first].held;
	uint32_t now = hak_clock_ms();
	uint32_t i;

	if (held) {
		hak_span_set_states(span, first, count, HAK_SUPERSLAB_EMPTY);
		hak_refused_add_locked(span, count);
	} else {
		hak_span_set_states(span, first, count,
				    lazily() ? HAK_SUPERSLAB_LAZY
					     : HAK_SUPERSLAB_COLD);
		for (i = first; i < first + count; i++)
			span->superslab[i].given = now;
		hak_stat_add(&span->stats, HAK_STAT_DECOMMITTED, count);
	}
	hak_run_add_locked(span, first, count);
	return held ? 0 : count;
}

/* What became of a range; how many superslabs the kernel has now. */
static uint32_t land_locked(struct hak_span *span, const struct iovec *range,
			    int err)
{
	uint32_t first = first_of(span, range);
	uint32_t end = first + count_of(range);
	uint32_t gone = 0;
	uint32_t next;

	/* No answer: it may still go. Better lost than lent. */
	if (err == -EINPROGRESS || is_record(span, range))
		return 0;
	hak_span_count_locked(&span->inflight, first - end);
	if (hak_guard_wanted())
		hak_guard_settle_locked(span, first, end - first, !err);
	for (; first < end; first = next) {
		next = first + 1;
		if (hak_leftover_lost_locked(span, first))
			continue;
		while (next < end && !span->superslab[next].lost &&
		       span->superslab[next].held ==
			       span->superslab[first].held)
			next++;
		gone += land_row_locked(span, first, next - first);
	}
	return gone;
}

/*
 * Of a range that was refused some may have gone, and more may go; and what went
 * is to be as it was lent. What is armed stays as it is.
 */
static void finish(struct hak_span *span, const struct iovec *range, int err,
		   bool lazily)
{
	uint32_t first = first_of(span, range);
	uint32_t end = first + count_of(range);

	if (err == -EINPROGRESS || is_record(span, range))
		return;
	if (hak_guard_wanted()) {
		for (; err && first < end; first++)
			span->superslab[first].held = true;
	} else if (err) {
		hak_refused_sort(span, first, end - first, lazily);
	} else {
		hak_leftover_clear(span, first, end - first);
	}
}

/* Nothing but this span's own, whatever else is broken. */
static void check(const struct hak_span *span, const struct hak_ranges *ranges)
{
	unsigned i;

	for (i = 0; i < ranges->count; i++)
		if (!is_record(span, &ranges->range[i]) &&
		    (size_t)first_of(span, &ranges->range[i]) +
				    count_of(&ranges->range[i]) >
			    span->claimed)
			hak_fault_state("decommit outside of its span");
}

/* A filter may have come to the keeper since the last batch. */
static void look_for_filter(struct batch *batch)
{
	if (!batch->keepers || hak_self_look() == HAK_SELF_FREE)
		return;
	batch->rung = HAK_RUNG_EACH;
	batch->guarded = false;
}

/* Before their pages go, so that there is no moment between. */
static void arm(struct hak_span *span, const struct hak_ranges *ranges)
{
	uint32_t first, count;
	unsigned i;

	for (i = 0; i < ranges->count; i++) {
		if (is_record(span, &ranges->range[i]))
			continue;
		first = first_of(span, &ranges->range[i]);
		count = count_of(&ranges->range[i]);
		/* Both are the keeper's, then. */
		if (hak_guard_keepers())
			hak_observe_let_go(span, first, count);
		hak_guard_arm(span, first, count);
	}
}

/*
 * What a call takes depends on whether there were huge pages, and on how many
 * processors have to hear of it.
 */
static void keep_pace(struct batch *batch, uint64_t us)
{
	uint32_t most = (uint32_t)hak_option(HAK_OPTION_BATCH);

	if (us > 2 * CALL_US && pace > 1)
		pace /= 2;
	if (us < CALL_US / 2 && batch->superslabs == pace)
		pace *= 2;
	if (pace > most)
		pace = most;
	batch->superslabs = pace;
}

uint32_t hak_decommit_pace(void)
{
	return pace;
}

static uint32_t give_locked(struct hak_span *span, struct batch *batch)
{
	uint64_t from = batch->paced ? hak_clock_us() : 0;
	struct hak_ranges *ranges = &batch->ranges;
	uint32_t gone = 0;
	unsigned fallen, i;

	check(span, ranges);
	hak_lock_drop(&span->lock);
	look_for_filter(batch);
	if (batch->guarded)
		arm(span, ranges);
	fallen = hak_give(ranges, batch->rung);
	hak_stat_add(&span->stats, HAK_STAT_RUNGS_FALLEN, fallen);
	hak_stat_add(&span->stats, HAK_STAT_BATCHES, 1);
	if (batch->paced)
		keep_pace(batch, hak_clock_us() - from);
	for (i = 0; i < ranges->count; i++)
		finish(span, &ranges->range[i], ranges->err[i], ranges->lazily);
	hak_lock_take(&span->lock);
	/* Without an answer for its records a superslab is not to be had either. */
	for (i = 1; i < ranges->count; i++)
		if (is_record(span, &ranges->range[i]) &&
		    ranges->err[i] == -EINPROGRESS)
			ranges->err[i - 1] = -EINPROGRESS;
	for (i = 0; i < ranges->count; i++)
		gone += land_locked(span, &ranges->range[i], ranges->err[i]);
	return gone;
}

/* One at a time: a fork child has to know whose work it inherits. */
static uint32_t trim_locked(struct hak_span *span, uint32_t keep,
			    struct batch *batch)
{
	uint32_t gone = 0;

	span->trimmer = arch_thread_pointer();
	/* What is refused is not warm any more: there is an end. */
	gather_locked(span, keep, batch);
	while (batch->ranges.count) {
		gone += give_locked(span, batch);
		if (batch->paced && hak_wake_dismissed())
			break;
		gather_locked(span, keep, batch);
	}
	span->trimmer = 0;
	return gone;
}

static enum hak_rung wanted_rung(void)
{
	static const uint8_t rungs[] = {
		[HAK_VIA_AUTO] = HAK_RUNG_RING,
		[HAK_VIA_URING] = HAK_RUNG_RING,
		[HAK_VIA_VECTOR] = HAK_RUNG_TOGETHER,
		[HAK_VIA_MADVISE] = HAK_RUNG_EACH,
	};

	return rungs[hak_option(HAK_OPTION_DECOMMIT_VIA)];
}

/*
 * A thread of the application makes no call that a filter for this program may
 * not have met, unless it was asked for.
 */
static struct batch own_batch(struct hak_span *span)
{
	return (struct batch){
		.ranges = { span->range, span->err, 0, lazily() },
		.room = HAK_OWN_RANGES,
		.superslabs = UINT32_MAX,
		.rung = wanted_rung() == HAK_RUNG_TOGETHER ? HAK_RUNG_TOGETHER
							   : HAK_RUNG_EACH,
		.guarded = hak_guard_wanted() && !hak_guard_keepers()
	};
}

/* What only the keeper can arm is the keeper's to give. Does it live? */
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
	struct batch batch = own_batch(span);
	uint32_t gone = 0;
	uint64_t before;

	hak_decommit_look_for_fork();
	before = hak_stat_sum(HAK_STAT_DECOMMITTED);
	if (hak_guard_wanted() && hak_guard_keepers() && demand())
		return (uint32_t)(hak_stat_sum(HAK_STAT_DECOMMITTED) - before);
	hak_lock_take(&span->lock);
	if (!span->trimmer) {
		hak_refused_thaw_locked(span);
		gone = trim_locked(span, keep, &batch);
		hak_step_unclaim_locked(span, hak_policy_addresses(span->lent));
	}
	hak_lock_drop(&span->lock);
	return gone;
}

void hak_decommit_wait(struct hak_span *span)
{
	uintptr_t self = arch_thread_pointer();
	bool busy = true;
	unsigned waits;

	hak_decommit_look_for_fork();
	for (waits = 0; busy && waits < WAITS_MAX; waits++) {
		if (waits)
			hak_clock_sleep(SLEEP_MS);
		hak_lock_take(&span->lock);
		busy = span->trimmer && span->trimmer != self;
		hak_lock_drop(&span->lock);
	}
}

/* ---- When ---------------------------------------------------------------- */

/* What goes now may be missed. Returns how many went. */
static uint32_t let_go_locked(struct hak_span *span, uint32_t keep,
			      struct batch *batch)
{
	uint32_t gone;

	if (span->trimmer)
		return 0;
	hak_refused_tick_locked(span, false);
	gone = trim_locked(span, keep, batch);
	hak_budget_gone_locked(span, gone);
	hak_step_unclaim_locked(span, hak_policy_addresses(span->lent));
	return gone;
}

/* All spans, as it is all of them that have too much. */
static void let_go(enum hak_total total)
{
	struct hak_span *span;
	struct batch batch;
	uint32_t keep;
	unsigned i;

	for (i = 0; i < hak_window.spans; i++) {
		span = &hak_window.span[i];
		batch = own_batch(span);
		hak_lock_take(&span->lock);
		keep = hak_budget_share(span, total);
		if (hak_step_ends_loose_locked(span))
			keep = 0;
		if (span->warm > keep)
			let_go_locked(span, keep, &batch);
		hak_lock_drop(&span->lock);
	}
}

/*
 * Has it many more superslabs than are lent, at its end? What is warm of them keeps
 * the addresses of all.
 */
static bool is_loose(struct hak_span *span)
{
	uint64_t mapped = hak_stat_get(&span->stats, HAK_STAT_MAPPED) -
			  hak_stat_get(&span->stats, HAK_STAT_UNMAPPED);
	bool loose;

	if (hak_likely(mapped >> HAK_SUPERSLAB_SHIFT <=
			       span->lent +
				       2 * hak_policy_addresses(span->lent) ||
		       !span->warm))
		return false;
	hak_lock_take(&span->lock);
	loose = hak_step_ends_loose_locked(span);
	hak_lock_drop(&span->lock);
	return loose;
}

/*
 * A keeper might be too late. What it has in hand already is resident until the
 * kernel has it.
 */
static HAK_COLD void let_go_now(void)
{
	unsigned i;

	for (i = 0; i < hak_window.spans; i++)
		hak_decommit_wait(&hak_window.span[i]);
	let_go(HAK_TOTAL_ROOM);
}

void hak_decommit_settle(struct hak_span *span)
{
	hak_decommit_look_for_fork();
	if (!hak_wake_answered())
		hak_spill_tick(span);
	if (!hak_filter_here())
		hak_budget_learn();
	/* Where all is kept there is a keeper for when memory is short. */
	if (hak_budget_worth_a_look(span) && !hak_wake_answered())
		hak_wake_want();
	/* The keeper may hold claims here, and lets go in its tick. */
	if (hak_budget_urgent() && !hak_self_is_keeper())
		let_go_now();
	if (hak_likely(!hak_budget_over(HAK_TOTAL_KEPT)) && !is_loose(span))
		return;
	if (hak_wake_ring())
		return;
	hak_wake_want();
	let_go(HAK_TOTAL_KEPT);
}

void hak_decommit_settle_all(void)
{
	unsigned i;

	for (i = 0; i < hak_window.spans; i++)
		hak_decommit_settle(&hak_window.span[i]);
}

/* A slice of the delay is over: the oldest is forgotten. */
static void turn_locked(struct hak_span *span, uint32_t now)
{
	span->turned = now;
	span->slice = (span->slice + 1) % HAK_SLICES;
	span->least[span->slice] = span->warm;
}

/* How many have been over `keep` for the whole delay, or are over `bound` now. */
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

/* Milliseconds until something of this span may be due; HAK_NEVER: none is over. */
static uint32_t tick(struct hak_span *span, struct batch *batch, uint32_t now,
		     bool pressed)
{
	uint32_t slice = hak_policy_delay() / HAK_SLICES;
	uint32_t coarse = slice / 8 < COARSE_MS ? slice / 8 : COARSE_MS;
	uint32_t next = HAK_NEVER;
	uint32_t keep, bound, due, wait;

	hak_lock_take(&span->lock);
	hak_refused_tick_locked(span, pressed);
	keep = pressed || hak_step_ends_loose_locked(span)
		       ? 0
		       : hak_budget_share(span, HAK_TOTAL_KEPT);
	bound = pressed ? 0 : hak_budget_share(span, HAK_TOTAL_BOUND);
	/* A coarse clock may say that a sleep was shorter than it was. */
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

static uint32_t tick_all(struct batch *batch, bool filtered, bool pressed)
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
	/* Each with its records. */
	static struct iovec range[2 * HAK_BATCH_MAX];
	static int err[2 * HAK_BATCH_MAX];
	uint32_t most = (uint32_t)hak_option(HAK_OPTION_BATCH);
	struct batch batch = { .ranges = { range, err, 0, lazily() },
			       .room = 2 * most,
			       .superslabs = pace,
			       .rung = filtered ? HAK_RUNG_EACH : wanted_rung(),
			       .guarded = hak_guard_wanted() &&
					  !hak_self_filter_came() &&
					  !(filtered && hak_guard_keepers()),
			       .keepers = !filtered,
			       .paced = true };
	uint32_t demand = hak_read_once(&demanded);
	bool all = demand != hak_read_once(&met);
	uint32_t next, after;

	pressed &= hak_option(HAK_OPTION_DECOMMIT) != HAK_DECOMMIT_OFF;
	hak_stat_add(&hak_window.span[0].stats, HAK_STAT_PRESSED, pressed);
	next = tick_all(&batch, filtered, pressed || all);
	hak_write_once(&deaf, false);
	/* pairs with demand() */
	hak_store_release(&met, demand);
	/* What became empty meanwhile goes too. */
	if (pressed && hak_sparse_give(batch.rung))
		next = tick_all(&batch, filtered, pressed);
	after = hak_sparse_mend(filtered);
	return after < next ? after : next;
}

/* ---- In a fork child ----------------------------------------------------- */

static void recover(struct hak_span *span)
{
	uint32_t i;

	/* Forked in a signal handler, what was interrupted goes on here. */
	if (span->trimmer == arch_thread_pointer() ||
	    hak_lock_is_mine(&span->lock))
		return;
	/* A bare _Fork() waits for no lock, and the kernel may be under it. */
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
		hak_budget_count_locked(span, 1);
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
	for (i = 0; i < hak_window.spans; i++)
		recover(&hak_window.span[i]);
	hak_sparse_after_fork();
	hak_budget_after_fork();
}
