/* SPDX-License-Identifier: MIT */
/*
 * purge.c - empty superslabs go to the kernel, a batch at a time.
 *
 * Owns    INFLIGHT superslabs, a span's trimmer.
 * Locks   span->lock, never while the kernel takes memory back.
 * Calls   refused.h, guard.h, sample.h, run.h, os/give.h, os/wake.h.
 */
#include "reclaim/purge.h"

#include "reclaim/refused.h"
#include "watch/guard.h"
#include "watch/sample.h"
#include "heap/armed.h"
#include "heap/leftover.h"
#include "heap/run.h"
#include "heap/slab.h"
#include "heap/warm.h"
#include "heap/window.h"
#include "numa/topology.h"
#include "os/clock.h"
#include "os/wake.h"
#include "base/bits.h"
#include "base/fault.h"
#include "base/options.h"
#include "arch/arch.h"

#include <errno.h>

enum { CALL_US = 500 }; /* planned time of a call by the keeper */

/* For the keeper: superslabs in a batch, few enough for the keeper to end soon. */
static uint32_t pace = 1;

/* With MADV_FREE pages go later, but bound memory must not lose pages after lending. */
static bool lazily(void)
{
	return hak_option(HAK_OPTION_DECOMMIT) == HAK_DECOMMIT_FREE &&
	       !hak_topology.bound && !hak_armed_wanted();
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

/* Make up to `most` empty superslabs INFLIGHT, so that no other thread gets them. */
static uint32_t take_off_locked(struct hak_span *span, uint32_t most,
				uint32_t *ret_first) HAK_REQUIRES(span->lock)
{
	uint32_t head = hak_run_longest_locked(span, HAK_RUN_WARM);
	uint32_t first, count;

	hak_lock_assert(&span->lock);
	if (head == HAK_NO_RUN)
		return 0;
	count = span->superslab[head].run;
	if (count > most)
		count = most;
	first = head + span->superslab[head].run - count;
	hak_run_cut_locked(span, head, first, count);
	hak_span_set_states(span, first, count, HAK_SUPERSLAB_INFLIGHT);
	/* Add first: a thread that reads without the lock must not count too few. */
	hak_span_count_locked(span, &span->inflight, count);
	hak_warm_count_locked(span, -(int32_t)count);
	*ret_first = first;
	return count;
}

static void add_range(struct hak_ranges *ranges, void *address, size_t bytes)
{
	ranges->range[ranges->count] = (struct iovec){ address, bytes };
	ranges->err[ranges->count++] = HAK_TO_GIVE;
}

/* Add the pages, if any, that hold only slab records of these superslabs. */
static void add_records_locked(struct hak_span *span, uint32_t first,
			       uint32_t count, struct hak_ranges *ranges)
	HAK_REQUIRES(span->lock)
{
	char *from = (char *)&span->slab[(size_t)first * HAK_UNITS];
	char *to = (char *)&span->slab[(size_t)(first + count) * HAK_UNITS];
	bool any = false;
	uint32_t i;

	hak_lock_assert(&span->lock);
	for (i = first; i < first + count; i++) {
		any |= span->superslab[i].recorded;
		span->superslab[i].recorded = false;
	}
	from = (char *)hak_round_up((uintptr_t)from, hak_window.page);
	to -= (uintptr_t)to % hak_window.page;
	if (any && from < to)
		add_range(ranges, from, (size_t)(to - from));
}

/* Is it a range of slab records? The caller need not have the lock for `limit`. */
static bool is_record(const struct hak_span *span, const struct iovec *range)
{
	const struct hak_region *region = &span->slab_region;

	return (size_t)((char *)range->iov_base - region->base) < region->limit;
}

/* Even with damaged records, decommit nothing outside of the span. */
static void check_locked(const struct hak_span *span,
			 const struct hak_ranges *ranges)
	HAK_REQUIRES(span->lock)
{
	unsigned i;

	hak_lock_assert(&span->lock);
	for (i = 0; i < ranges->count; i++)
		if (!is_record(span, &ranges->range[i]) &&
		    (size_t)first_of(span, &ranges->range[i]) +
				    count_of(&ranges->range[i]) >
			    span->mapped)
			hak_fault_state("decommit outside of its span");
}

/* Gather empty superslabs, at most a batch, but leave `keep` of them resident. */
static void gather_locked(struct hak_span *span, uint32_t keep,
			  struct hak_batch *batch) HAK_REQUIRES(span->lock)
{
	struct hak_ranges *ranges = &batch->ranges;
	uint32_t room = batch->superslabs;
	uint32_t more, count, first = 0;

	hak_lock_assert(&span->lock);
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
			hak_armed_mark_locked(span, first, count);
		/*
		 * The slab records go too, but not under strict binding, because
		 * their node may be full at the next touch; and not with a guard,
		 * because its reports need the records.
		 */
		if (!hak_topology.bound && !hak_armed_wanted())
			add_records_locked(span, first, count, ranges);
	}
	check_locked(span, ranges);
}

/* Set the state of superslabs that the kernel has taken, or has refused (`held`). */
static uint32_t land_row_locked(struct hak_span *span, uint32_t first,
				uint32_t count) HAK_REQUIRES(span->lock)
{
	bool held = span->superslab[first].held;
	uint32_t now = hak_clock_ms();
	uint32_t i;

	hak_lock_assert(&span->lock);
	if (held) {
		hak_span_set_states(span, first, count, HAK_SUPERSLAB_EMPTY);
		hak_refused_add_locked(span, count);
	} else {
		hak_span_set_states(span, first, count,
				    lazily() ? HAK_SUPERSLAB_LAZY
					     : HAK_SUPERSLAB_DECOMMITTED);
		for (i = first; i < first + count; i++)
			span->superslab[i].given = now;
		hak_stat_add(&span->stats, HAK_STAT_DECOMMITTED, count);
	}
	hak_run_add_locked(span, first, count);
	return held ? 0 : count;
}

/* Handle the answer for a range. Returns the number of superslabs that went. */
static uint32_t land_range_locked(struct hak_span *span,
				  const struct iovec *range, int err)
	HAK_REQUIRES(span->lock)
{
	uint32_t first = first_of(span, range);
	uint32_t end = first + count_of(range);
	uint32_t gone = 0;
	uint32_t next;

	hak_lock_assert(&span->lock);
	/* No answer came: the pages may still go, so never lend the superslabs again. */
	if (err == -EINPROGRESS || is_record(span, range))
		return 0;
	hak_span_count_locked(span, &span->inflight, first - end);
	if (hak_armed_wanted())
		hak_guard_landed_locked(span, first, end - first, !err);
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
 * If the kernel refused a range, try each superslab alone. If the range went, clear
 * what the program left on the mapping. Armed superslabs keep the mapping.
 */
static void finish(struct hak_span *span, const struct iovec *range, int err,
		   bool lazily)
{
	uint32_t first = first_of(span, range);
	uint32_t end = first + count_of(range);

	if (err == -EINPROGRESS || is_record(span, range))
		return;
	if (hak_armed_wanted()) {
		for (; err && first < end; first++)
			span->superslab[first].held = true;
	} else if (err) {
		hak_refused_sort(span, first, end - first, lazily);
	} else {
		hak_leftover_clear(span, first, end - first);
	}
}

/* If a seccomp filter came since the last batch, make only calls that it expects. */
static void look_for_filter(struct hak_batch *batch)
{
	if (!batch->keepers || hak_self_look() == HAK_SELF_FREE)
		return;
	batch->method = HAK_METHOD_EACH;
	batch->guarded = false;
}

/* Arm before the pages go, so that no touch passes unnoticed in between. */
static void arm(struct hak_span *span, const struct hak_ranges *ranges)
{
	uint32_t first, count;
	unsigned i;

	for (i = 0; i < ranges->count; i++) {
		if (is_record(span, &ranges->range[i]))
			continue;
		first = first_of(span, &ranges->range[i]);
		count = count_of(&ranges->range[i]);
		/* Only the keeper arms, so it may be observing the superslabs. */
		if (hak_guard_keepers())
			hak_sample_let_go(span, first, count);
		hak_guard_arm(span, first, count);
	}
}

/* Adapt the batch, because a call's time depends on huge pages and on processors. */
static void keep_pace(struct hak_batch *batch, uint64_t us)
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

/* Give a gathered batch, and do all other work that needs no lock. */
static void give(struct hak_span *span, struct hak_batch *batch)
{
	uint64_t from = batch->paced ? hak_clock_us() : 0;
	struct hak_ranges *ranges = &batch->ranges;
	unsigned fallen, i;

	look_for_filter(batch);
	if (batch->guarded)
		arm(span, ranges);
	fallen = hak_give(ranges, batch->method);
	hak_stat_add(&span->stats, HAK_STAT_METHODS_ABANDONED, fallen);
	hak_stat_add(&span->stats, HAK_STAT_BATCHES, 1);
	if (batch->paced)
		keep_pace(batch, hak_clock_us() - from);
	for (i = 0; i < ranges->count; i++)
		finish(span, &ranges->range[i], ranges->err[i], ranges->lazily);
}

/* Set the states after a batch. Returns the number of superslabs that went. */
static uint32_t land_locked(struct hak_span *span, struct hak_ranges *ranges)
	HAK_REQUIRES(span->lock)
{
	uint32_t gone = 0;
	unsigned i;

	hak_lock_assert(&span->lock);
	/* Without an answer for slab records, never lend their superslabs again. */
	for (i = 1; i < ranges->count; i++)
		if (is_record(span, &ranges->range[i]) &&
		    ranges->err[i] == -EINPROGRESS)
			ranges->err[i - 1] = -EINPROGRESS;
	for (i = 0; i < ranges->count; i++)
		gone += land_range_locked(span, &ranges->range[i],
					  ranges->err[i]);
	ranges->count = 0;
	return gone;
}

/* A span has at most one trimmer, so that a fork child knows who was decommitting. */
bool hak_purge_gather_locked(struct hak_span *span, uint32_t keep,
			     struct hak_batch *batch)
{
	hak_lock_assert(&span->lock);
	if (span->trimmer)
		return false;
	span->trimmer = arch_thread_pointer();
	gather_locked(span, keep, batch);
	return true;
}

uint32_t hak_purge_give(struct hak_span *span, uint32_t keep,
			struct hak_batch *batch)
{
	uint32_t gone = 0;

	/* The loop ends, because refused superslabs are not warm any more. */
	while (batch->ranges.count) {
		give(span, batch);
		hak_lock_take(&span->lock);
		gone += land_locked(span, &batch->ranges);
		if (!batch->paced || !hak_wake_dismissed())
			gather_locked(span, keep, batch);
		hak_lock_drop(&span->lock);
	}
	return gone;
}

void hak_purge_end_locked(struct hak_span *span)
{
	hak_lock_assert(&span->lock);
	span->trimmer = 0;
}

static enum hak_method wanted_method(void)
{
	enum hak_via via = (enum hak_via)hak_option(HAK_OPTION_DECOMMIT_VIA);

	if (via == HAK_VIA_VECTOR)
		return HAK_METHOD_TOGETHER;
	return via == HAK_VIA_MADVISE ? HAK_METHOD_EACH : HAK_METHOD_RING;
}

/* Make only calls that a seccomp filter expects, unless an option asks otherwise. */
enum hak_method hak_purge_own_method(void)
{
	return wanted_method() == HAK_METHOD_TOGETHER ? HAK_METHOD_TOGETHER
						      : HAK_METHOD_EACH;
}

struct hak_batch hak_purge_own(struct hak_span *span)
{
	return (struct hak_batch){
		.ranges = { span->range, span->err, 0, lazily() },
		.room = HAK_OWN_RANGES,
		.superslabs = UINT32_MAX,
		.method = hak_purge_own_method(),
		.guarded = hak_armed_wanted() && !hak_guard_keepers()
	};
}

/* A batch of the keeper has room for all its superslabs and their records. */
struct hak_batch hak_purge_keepers(enum hak_self self)
{
	static struct iovec range[2 * HAK_BATCH_MAX];
	static int err[2 * HAK_BATCH_MAX];
	bool free = self == HAK_SELF_FREE;

	return (struct hak_batch){
		.ranges = { range, err, 0, lazily() },
		.room = 2 * (unsigned)hak_option(HAK_OPTION_BATCH),
		.superslabs = pace,
		.method = free ? wanted_method() : HAK_METHOD_EACH,
		.guarded = hak_armed_wanted() && !hak_self_filter_came() &&
			   (free || !hak_guard_keepers()),
		.keepers = free,
		.paced = true
	};
}

uint32_t hak_purge_pace(void)
{
	return pace;
}
