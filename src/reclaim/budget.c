/* SPDX-License-Identifier: MIT */
/*
 * budget.c - how many empty superslabs stay resident, over all spans together.
 *
 * Owns    whether the limit of the process's cgroup is known.
 * Locks   none. Reads the counts of spans without the lock: with an old count a
 *         decision comes a moment late.
 * Calls   warm.h, policy.h, os/cgroup.h.
 */
#include "reclaim/budget.h"

#include "heap/policy.h"
#include "heap/warm.h"
#include "heap/window.h"
#include "os/cgroup.h"
#include "os/clock.h"
#include "base/atomic.h"
#include "base/options.h"
#include "base/todo.h"

/* Is the limit of the process's cgroup known? */
static _Atomic uint32_t state;

enum { UNKNOWN, LEARNING, LEARNT };

/* Sums over all spans, in superslabs. */
struct sums {
	uint64_t warm;
	uint32_t inflight;
	uint32_t lent;
	uint32_t missed;
};

static uint32_t get(const _Atomic uint32_t *count)
{
	return hak_read_once(count);
}

/* ---- Totals -------------------------------------------------------------- */

static struct sums add_up(void)
{
	uint32_t now = hak_clock_periods();
	struct sums sums = { 0 };
	const struct hak_span *span;

	for (span = hak_window.span; span < hak_window.span + hak_window.spans;
	     span++) {
		sums.warm += get(&span->warm);
		sums.inflight += get(&span->inflight);
		sums.lent += get(&span->lent);
		sums.missed += hak_warm_missed(span, now);
	}
	return sums;
}

static uint32_t lesser(uint32_t one, uint32_t other)
{
	return one < other ? one : other;
}

static uint32_t most(const struct sums *sums, enum hak_total total)
{
	uint32_t most = hak_policy_room(sums->lent, hak_warm_limit());

	if (total >= HAK_TOTAL_BOUND)
		most = lesser(most, hak_policy_bound(sums->lent));
	if (total >= HAK_TOTAL_KEPT)
		most = lesser(most, hak_policy_keep(sums->lent, sums->missed));
	return most;
}

uint32_t hak_budget_total(enum hak_total total)
{
	struct sums sums = add_up();

	return most(&sums, total);
}

bool hak_budget_over(enum hak_total total)
{
	struct sums sums = add_up();

	return sums.warm > most(&sums, total);
}

uint32_t hak_budget_left(enum hak_total total)
{
	struct sums sums = add_up();
	uint32_t all = most(&sums, total);

	if (all == UINT32_MAX)
		return UINT32_MAX;
	return all > sums.warm ? all - (uint32_t)sums.warm : 0;
}

bool hak_budget_urgent(void)
{
	struct sums sums;

	/* Most processes have no limit, and need no sums over the spans. */
	if (hak_likely(hak_warm_limit() == UINT32_MAX))
		return false;
	sums = add_up();
	return sums.warm + sums.inflight > most(&sums, HAK_TOTAL_ROOM);
}

bool hak_budget_worth_a_look(const struct hak_span *span)
{
	return hak_policy_worth_a_look(get(&span->warm));
}

bool hak_budget_worth_waiting(void)
{
	struct sums sums = add_up();

	return hak_policy_worth_a_look((uint32_t)sums.warm);
}

uint32_t hak_budget_fades(void)
{
	struct sums sums = add_up();

	return sums.missed && sums.warm > hak_policy_keep(sums.lent, 0)
		       ? HAK_PERIOD_MS
		       : HAK_NEVER;
}

/* ---- Shares -------------------------------------------------------------- */

/*
 * Count the spans with more warm (empty and resident) superslabs than `share`.
 * Subtract the warm superslabs of the other spans from `*total`.
 */
static uint32_t count_over(uint32_t share, uint64_t *total)
{
	const struct hak_span *span;
	uint32_t over = 0;
	uint32_t warm;

	for (span = hak_window.span; span < hak_window.span + hak_window.spans;
	     span++) {
		warm = get(&span->warm);
		if (warm > share)
			over++;
		else
			*total = *total > warm ? *total - warm : 0;
	}
	return over;
}

/*
 * After each span has got `share`, `left` superslabs remain. The first `left` spans
 * with more warm (empty and resident) superslabs than `share` may each keep another
 * superslab. Is `span` among these spans?
 */
static bool gets_one_more(const struct hak_span *span, uint32_t share,
			  uint64_t left)
{
	const struct hak_span *other;

	for (other = hak_window.span; other < span; other++)
		left -= left && get(&other->warm) > share;
	return left;
}

uint32_t hak_budget_share(const struct hak_span *span, enum hak_total total)
{
	struct sums sums = add_up();
	uint32_t all = most(&sums, total);
	uint32_t share = 0;
	uint32_t before, over;
	uint64_t left;

	if (sums.warm <= all)
		return UINT32_MAX;
	do { /* each round leaves a larger share to the largest spans */
		before = share;
		left = all;
		over = count_over(share, &left);
		if (!over)
			return UINT32_MAX;
		share = (uint32_t)(left / over);
	} while (share > before);
	share = before;
	share += gets_one_more(span, share, left - (uint64_t)share * over);
	return span->node + 1 == hak_window.spans ? hak_policy_keep_large(share)
						  : share;
}

/* ---- Limits -------------------------------------------------------------- */

void hak_budget_learn(void)
{
	/*
	 * Static, because a stack may be small. Only the thread that sets LEARNING
	 * uses the text.
	 */
	static struct hak_cgroup_text text;
	uint32_t known = get(&state);
	uint64_t bytes;

	if (hak_option(HAK_OPTION_DECOMMIT) == HAK_DECOMMIT_OFF ||
	    known >= LEARNING || !hak_cas_relaxed(&state, &known, LEARNING))
		return;
	bytes = hak_cgroup_limit(NULL, &text);
	/*
	 * If this reading found no limit, change nothing, because the keeper may
	 * have found and set a limit meanwhile.
	 */
	if (bytes != UINT64_MAX)
		hak_budget_limit(bytes);
	hak_write_once(&state, LEARNT);
}

void hak_budget_after_fork(void)
{
	/* The thread that was reading the limit is missing in the child. */
	if (get(&state) != LEARNING)
		return;
	hak_write_once(&state, UNKNOWN);
	hak_todo_add(HAK_TODO_LEARN);
}

void hak_budget_limit(uint64_t bytes)
{
	hak_warm_set_limit(hak_policy_limit(bytes));
}
