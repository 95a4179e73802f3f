/* SPDX-License-Identifier: MIT */
/*
 * span.c - one node's addresses: superslabs lent, taken back and decommitted.
 *
 * Owns    the superslab records while they are free.
 * Locks   span->lock; never held while the kernel takes memory back.
 * Calls   run.h, step.h, os/map.h.   Called by  node.c, large.c.
 */
#include "span.h"

#include "policy.h"
#include "run.h"
#include "slab.h"
#include "spill.h"
#include "step.h"

#include "place.h"
#include "topology.h"

#include "arch.h"
#include "bits.h"
#include "clock.h"
#include "map.h"
#include "options.h"

static void set_states(struct hak_span *span, uint32_t first, uint32_t count,
		       enum hak_superslab_state state)
{
	uint32_t i;

	for (i = first; i < first + count; i++)
		hak_superslab_set(&span->superslab[i], state);
}

/* What went and what was missed count for half with every period. */
static void fade_locked(struct hak_span *span)
{
	uint32_t now, past;

	if (!span->gone && !span->missed)
		return;
	now = hak_clock_periods();
	past = now - span->period;
	span->gone = past < 32 ? span->gone >> past : 0;
	span->missed = past < 32 ? span->missed >> past : 0;
	span->period = now;
}

/* Cold memory is lent: would it have been warm, had less gone? */
static void miss_locked(struct hak_span *span, uint32_t count)
{
	uint32_t missed;

	fade_locked(span);
	missed = count < span->gone ? count : span->gone;
	span->gone -= missed;
	span->missed += missed;
}

static bool lend_locked(struct hak_span *span, uint32_t count, uint32_t align,
			struct hak_run *ret_run)
{
	uint32_t first, head;

	head = hak_run_find_locked(span, HAK_RUN_WARM, count, align, &first);
	ret_run->zero = head == HAK_NO_RUN;
	if (head == HAK_NO_RUN)
		head = hak_run_find_locked(span, HAK_RUN_COLD, count, align,
					   &first);
	if (head == HAK_NO_RUN)
		return false;
	hak_run_cut_locked(span, head, first, count);
	set_states(span, first, count, HAK_SUPERSLAB_LIVE);
	span->lent += count;
	if (ret_run->zero)
		miss_locked(span, count);
	else
		span->warm -= count;
	ret_run->span = span;
	ret_run->first = first;
	ret_run->count = count;
	hak_stat_add(&span->stats, HAK_STAT_SUPERSLABS_LENT, count);
	return true;
}

static void put_locked(const struct hak_run *run,
		       enum hak_superslab_state state)
{
	struct hak_span *span = run->span;

	set_states(span, run->first, run->count, state);
	hak_run_add_locked(span, run->first, run->count);
	span->lent -= run->count;
	hak_stat_add(&span->stats, HAK_STAT_SUPERSLABS_RETURNED, run->count);
}

/*
 * Where nothing may lie elsewhere, a full node means no memory, and not the
 * kernel's OOM killer at some later touch: pages are taken now, wherever there
 * are some, and looked at. False: the superslabs are given back.
 */
static bool commit(const struct hak_run *run)
{
	struct hak_span *span = run->span;
	uint32_t i = run->first;
	int err = 0;

	if (!hak_topology.bound || !run->zero)
		return true;
	/* One by one: not all of the other nodes for one large block. */
	for (; !err && i < run->first + run->count; i++)
		err = hak_place_populate(hak_span_address(span, i),
					 HAK_SUPERSLAB_BYTES, span->node);
	if (!err)
		return true;
	hak_map_decommit(hak_span_address(span, run->first),
			 (size_t)(i - run->first) << HAK_SUPERSLAB_SHIFT);
	hak_lock_take(&span->lock);
	put_locked(run, HAK_SUPERSLAB_COLD);
	hak_lock_drop(&span->lock);
	return false;
}

static bool lend_some(struct hak_span *span, uint32_t count, uint32_t align,
		      struct hak_run *ret_run)
{
	uint32_t before, claimed;
	bool lent;

	if (count > span->limit || align > span->limit)
		return false;
	hak_lock_take(&span->lock);
	before = span->claimed;
	lent = lend_locked(span, count, align, ret_run);
	if (!lent && hak_step_claim_locked(span, count, align))
		lent = lend_locked(span, count, align, ret_run);
	claimed = span->claimed;
	hak_lock_drop(&span->lock);
	if (claimed > before)
		hak_step_prewarm(span, before, claimed - before);
	if (lent)
		return true;

	/* Warm and cold neighbours may do it together, once all are cold. */
	if (count == 1 || !hak_span_trim(span, 0))
		return false;
	hak_lock_take(&span->lock);
	lent = lend_locked(span, count, align, ret_run);
	hak_lock_drop(&span->lock);
	return lent;
}

bool hak_span_lend(struct hak_span *span, uint32_t count, uint32_t align,
		   struct hak_run *ret_run)
{
	hak_topology_tick();
	/* What belongs to no node could lie anywhere. */
	if (hak_topology.bound && span->node >= hak_topology.nodes)
		return false;
	if (!lend_some(span, count, align, ret_run) || !commit(ret_run))
		return false;
	hak_spill_watch(ret_run);
	return true;
}

bool hak_span_extend(struct hak_run *run, uint32_t more)
{
	struct hak_span *span = run->span;
	uint32_t first = run->first + run->count;
	const struct hak_superslab *near = &span->superslab[first];
	struct hak_run rest = { span, first, more, false };
	bool done = false;

	hak_lock_take(&span->lock);
	if (first < span->claimed &&
	    (near->state == HAK_SUPERSLAB_EMPTY || hak_superslab_zero(near)) &&
	    near->run >= more) {
		rest.zero = hak_superslab_zero(near);
		hak_run_cut_locked(span, first, first, more);
		set_states(span, first, more, HAK_SUPERSLAB_LIVE);
		span->lent += more;
		if (rest.zero)
			miss_locked(span, more);
		else
			span->warm -= more;
		hak_stat_add(&span->stats, HAK_STAT_SUPERSLABS_LENT, more);
		done = true;
	}
	hak_lock_drop(&span->lock);
	if (!done || !commit(&rest))
		return false;
	run->count += more;
	return true;
}

void hak_span_put(const struct hak_run *run)
{
	struct hak_span *span = run->span;

	hak_lock_take(&span->lock);
	put_locked(run, HAK_SUPERSLAB_EMPTY);
	span->warm += run->count;
	hak_lock_drop(&span->lock);
}

void hak_span_settle(struct hak_span *span)
{
	uint32_t warm, keep, gone;

	hak_spill_tick(span);
	hak_lock_take(&span->lock);
	fade_locked(span);
	warm = span->warm;
	keep = hak_policy_keep(span->lent, span->missed);
	hak_lock_drop(&span->lock);
	if (warm <= keep)
		return;
	gone = hak_span_trim(span, keep);
	hak_lock_take(&span->lock);
	if (!span->gone && !span->missed)
		span->period = hak_clock_periods();
	span->gone += gone;
	hak_lock_drop(&span->lock);
}

void hak_span_return(const struct hak_run *run)
{
	hak_span_put(run);
	hak_span_settle(run->span);
}

void hak_span_return_moved(const struct hak_run *run)
{
	struct hak_span *span = run->span;
	char *address = hak_span_address(span, run->first);
	size_t bytes = (size_t)run->count << HAK_SUPERSLAB_SHIFT;

	if (!hak_map_again(address, bytes))
		hak_step_advise(span, run->first, run->count);
	else if (hak_map_decommit(address, bytes))
		return; /* nothing mapped there: stays out of reach for good */
	hak_lock_take(&span->lock);
	put_locked(run, HAK_SUPERSLAB_COLD);
	hak_lock_drop(&span->lock);
}

/* Takes up to `most` warm superslabs out of everyone's reach. */
static uint32_t take_inflight_locked(struct hak_span *span, uint32_t most,
				     uint32_t *ret_first)
{
	uint32_t head = hak_run_longest_locked(span);
	uint32_t first, count;

	if (head == HAK_NO_RUN)
		return 0;
	count = span->superslab[head].run;
	if (count > most)
		count = most;
	first = head + span->superslab[head].run - count;
	hak_run_cut_locked(span, head, first, count);
	set_states(span, first, count, HAK_SUPERSLAB_INFLIGHT);
	span->warm -= count;
	span->inflight += count;
	*ret_first = first;
	return count;
}

/* What the kernel did with superslabs that were INFLIGHT. */
static void land_locked(struct hak_span *span, uint32_t first, uint32_t count,
			int err)
{
	span->inflight -= count;
	set_states(span, first, count,
		   err ? HAK_SUPERSLAB_EMPTY : HAK_SUPERSLAB_COLD);
	hak_run_add_locked(span, first, count);
	if (err) {
		span->warm += count;
		hak_stat_add(&span->stats, HAK_STAT_DECOMMIT_FAILED, 1);
	} else {
		hak_stat_add(&span->stats, HAK_STAT_DECOMMITTED, count);
	}
}

uint32_t hak_span_trim(struct hak_span *span, uint32_t keep)
{
	uint32_t gone = 0;
	uint32_t first = 0;
	uint32_t count;
	int err = 0;

	/* What is out of the pool would have to be had from it again. */
	if (hak_option(HAK_OPTION_HUGE) == HAK_HUGE_HUGETLB)
		return 0;
	hak_lock_take(&span->lock);
	/* One at a time: a fork child has to know whose work it inherits. */
	if (span->trimmer) {
		hak_lock_drop(&span->lock);
		return 0;
	}
	span->trimmer = arch_thread_pointer();
	while (!err && span->warm > keep) {
		count = take_inflight_locked(span, span->warm - keep, &first);
		if (!count)
			break;
		hak_lock_drop(&span->lock);
		err = hak_map_decommit(hak_span_address(span, first),
				       (size_t)count << HAK_SUPERSLAB_SHIFT);
		hak_lock_take(&span->lock);
		land_locked(span, first, count, err);
		gone += err ? 0 : count;
	}
	span->trimmer = 0;
	hak_lock_drop(&span->lock);
	return gone;
}

void hak_span_after_fork(struct hak_span *span)
{
	uint32_t i;

	/* Forked in a signal handler, what was interrupted goes on here. */
	if (span->trimmer == arch_thread_pointer() ||
	    hak_lock_is_mine(&span->lock))
		return;
	for (i = 0; span->inflight && i < span->claimed; i++) {
		if (span->superslab[i].state != HAK_SUPERSLAB_INFLIGHT)
			continue;
		hak_superslab_set(&span->superslab[i], HAK_SUPERSLAB_EMPTY);
		hak_run_add_locked(span, i, 1);
		span->inflight--;
		span->warm++;
	}
	span->trimmer = 0;
}

void hak_span_init(struct hak_span *span, char *records, size_t record_bytes)
{
	size_t superslab_bytes = hak_round_up(
		span->limit * sizeof(*span->superslab), 64 << 10);
	size_t slab_bytes = hak_round_up(
		(size_t)span->limit * HAK_UNITS * sizeof(*span->slab),
		64 << 10);

	hak_lock_init(&span->lock, HAK_LOCK_SPAN);
	span->superslab = (struct hak_superslab *)records;
	span->slab = (struct hak_slab *)(records + superslab_bytes);
	span->superslab_region =
		(struct hak_region){ records, 0, superslab_bytes, span->node };
	span->slab_region = (struct hak_region){ (char *)span->slab, 0,
						 slab_bytes, span->node };
	span->arena = (struct hak_region){
		records + superslab_bytes + slab_bytes, 0,
		record_bytes - superslab_bytes - slab_bytes, span->node
	};
	hak_runs_init(&span->runs[HAK_RUN_WARM]);
	hak_runs_init(&span->runs[HAK_RUN_COLD]);
}
