/* SPDX-License-Identifier: MIT */
/*
 * span.c - a node's addresses: superslabs lent and taken back.
 *
 * Owns    the records of free superslabs.
 * Locks   span->lock; never held while the kernel takes memory back.
 * Calls   run.h, step.h, warm.h, armed.h, base/todo.h.
 */
#include "heap/span.h"

#include "heap/armed.h"
#include "heap/policy.h"
#include "heap/run.h"
#include "heap/slab.h"
#include "heap/step.h"
#include "heap/warm.h"
#include "numa/place.h"
#include "numa/topology.h"
#include "os/map.h"
#include "base/atomic.h"
#include "base/bits.h"
#include "base/todo.h"

/* superslabs of a long run that are checked for their node */
enum { UNSEEN_MAX = 16 };

/*
 * Do all superslabs of the row read as zero? Only the state of a free superslab
 * tells, so call this before the superslabs become LIVE.
 */
static bool all_zero(const struct hak_span *span, uint32_t first,
		     uint32_t count)
{
	uint32_t i;

	for (i = first; i < first + count; i++)
		if (!hak_superslab_zero(&span->superslab[i]))
			return false;
	return true;
}

static void lent_locked(const struct hak_run *run, enum hak_run_kind kind)
	HAK_REQUIRES(run->span->lock)
{
	struct hak_span *span = run->span;

	hak_lock_assert(&span->lock);
	if (kind == HAK_RUN_NONRESIDENT)
		hak_warm_missed_locked(run);
	else if (kind == HAK_RUN_WARM)
		hak_warm_count_locked(span, -(int32_t)run->count);
	else if (kind == HAK_RUN_HELD)
		hak_warm_unhold_locked(span, run->first, run->count);
	hak_span_set_states(span, run->first, run->count, HAK_SUPERSLAB_LIVE);
	hak_span_count_locked(span, &span->lent, run->count);
	hak_stat_add(&span->stats, HAK_STAT_SUPERSLABS_LENT, run->count);
}

static bool lend_locked(struct hak_span *span, uint32_t count, uint32_t align,
			struct hak_run *ret_run) HAK_REQUIRES(span->lock)
{
	enum hak_run_kind kind = 0;
	uint32_t first, head;

	hak_lock_assert(&span->lock);
	do
		head = hak_run_find_locked(span, kind, count, align, &first);
	while (head == HAK_NO_RUN && ++kind < HAK_RUN_KINDS);
	if (head == HAK_NO_RUN)
		return false;
	hak_run_cut_locked(span, head, first, count);
	*ret_run = (struct hak_run){ span, first, count,
				     all_zero(span, first, count) };
	hak_lock_assert(&ret_run->span->lock);
	lent_locked(ret_run, kind);
	return true;
}

static void put_locked(const struct hak_run *run,
		       enum hak_superslab_state state)
	HAK_REQUIRES(run->span->lock)
{
	struct hak_span *span = run->span;

	hak_lock_assert(&span->lock);
	hak_span_set_states(span, run->first, run->count, state);
	hak_run_add_locked(span, run->first, run->count);
	hak_span_count_locked(span, &span->lent, -run->count);
	hak_stat_add(&span->stats, HAK_STAT_SUPERSLABS_RETURNED, run->count);
}

void hak_span_return(const struct hak_run *run)
{
	struct hak_span *span = run->span;
	uint32_t warm = 0;
	uint32_t i;

	hak_lock_take(&span->lock);
	hak_lock_assert(&run->span->lock);
	put_locked(run, HAK_SUPERSLAB_EMPTY);
	for (i = 0; i < run->count; i++)
		warm += !span->superslab[run->first + i].pooled;
	hak_warm_count_locked(span, (int32_t)warm);
	/*
	 * pairs with settle_noted() in settle.c, which then sees the counts
	 * above
	 */
	hak_store_release(&span->returns, hak_read_once(&span->returns) + 1);
	hak_lock_drop(&span->lock);
	hak_todo_add(HAK_TODO_SETTLE);
}

/*
 * Lending has failed, so return the superslabs. With `zero` the kernel has the
 * pages.
 */
static void give_up(const struct hak_run *run, bool zero)
{
	if (!zero) {
		hak_span_return(run);
		return;
	}
	hak_lock_take(&run->span->lock);
	put_locked(run, HAK_SUPERSLAB_DECOMMITTED);
	hak_lock_drop(&run->span->lock);
}

/*
 * The node for a superslab under strict binding. In the last span the
 * superslabs lie on all nodes in turn.
 */
static unsigned bound_node(const struct hak_span *span, uint32_t superslab)
{
	return span->node < hak_topology.nodes ? span->node
					       : superslab % hak_topology.nodes;
}

/*
 * Under strict binding a lent superslab must have its pages: if the node is
 * full, malloc has to fail now. Otherwise the kernel would kill the process at
 * a later touch. So populate the pages now, on any node with room, and check on
 * which node they lie. False if the superslabs went back to the span.
 */
static bool commit(const struct hak_run *run)
{
	struct hak_span *span = run->span;
	uint32_t i = run->first;
	int err = 0;

	/*
	 * With the guard, the superslabs may just have been mapped anew, and then
	 * have no pages, even if run->zero is false.
	 */
	if (!hak_topology.bound || !(run->zero || hak_armed_wanted()))
		return true;
	/*
	 * Stop at the first failure, because a large block must not fill other
	 * nodes.
	 */
	for (; !err && i < run->first + run->count; i++)
		err = hak_place_populate(hak_span_address(span, i),
					 HAK_SUPERSLAB_BYTES,
					 bound_node(span, i));
	if (!err)
		return true;
	give_up(run,
		!hak_map_decommit(hak_span_address(span, run->first),
				  (size_t)run->count << HAK_SUPERSLAB_SHIFT));
	return false;
}

/* Disarm the superslabs: from now on the program may touch the memory. */
static bool lift(const struct hak_run *run)
{
	if (hak_likely(!hak_armed_wanted()) || hak_armed_lift(run))
		return true;
	give_up(run, run->zero);
	return false;
}

static bool lend_some(struct hak_span *span, uint32_t count, uint32_t align,
		      struct hak_run *ret_run)
{
	uint32_t before, mapped;
	bool lent;

	if (count > span->limit || align > span->limit)
		return false;
	hak_lock_take(&span->lock);
	before = span->mapped;
	lent = lend_locked(span, count, align, ret_run);
	if (!lent && hak_step_map_locked(span, count, align))
		lent = lend_locked(span, count, align, ret_run);
	/*
	 * If warm (empty and resident) superslabs are decommitted, a longer row may
	 * form.
	 */
	if (!lent && count > 1 && span->warm &&
	    hak_run_joined_locked(span, count, align))
		hak_write_once(&span->joinable, true);
	mapped = span->mapped;
	hak_lock_drop(&span->lock);
	if (mapped > before) {
		hak_step_prewarm(span, before, mapped - before);
		/*
		 * The span has grown before, so the process is not small any more.
		 * Leave a note to read the limit of the process's cgroup.
		 */
		if (before)
			hak_todo_add(HAK_TODO_LEARN);
	}
	return lent;
}

/* ---- On another node ----------------------------------------------------- */

bool hak_span_may_stray(const struct hak_span *span)
{
	return hak_topology.places && hak_topology.nodes > 1 &&
	       span->node < hak_topology.nodes && !hak_topology.bound;
}

void hak_span_set_misplaced(struct hak_span *span, uint32_t index, bool misplaced)
{
	struct hak_superslab *superslab = &span->superslab[index];

	hak_lock_take(&span->lock);
	/*
	 * A superslab that was handed over lies on another node on purpose, so
	 * do not mark it as misplaced.
	 */
	if (superslab->misplaced != misplaced &&
	    !(misplaced && hak_superslab_handed_over(superslab))) {
		superslab->misplaced = misplaced;
		hak_add_relaxed(&span->misplaced, misplaced ? 1 : -1U);
		/*
		 * If the pages went to the kernel, hakmem has moved nothing back,
		 * so do not count.
		 */
		if (!hak_superslab_nonresident(superslab))
			hak_stat_add(&span->stats,
				     misplaced ? HAK_STAT_MISPLACED
					     : HAK_STAT_MOVED_BACK,
				     1);
	}
	hak_lock_drop(&span->lock);
}

static struct hak_unseen take_oldest_locked(struct hak_span *span)
	HAK_REQUIRES(span->lock)
{
	struct hak_unseen oldest = span->unseen[span->unseen_first];

	hak_lock_assert(&span->lock);
	span->unseen_first = (span->unseen_first + 1) % HAK_UNSEEN;
	span->unseen_count--;
	return oldest;
}

void hak_span_add_unseen(const struct hak_run *run)
{
	struct hak_span *span = run->span;
	uint32_t count = run->count < UNSEEN_MAX ? run->count : UNSEEN_MAX;
	uint32_t last;

	if (hak_likely(!hak_span_may_stray(span)))
		return;
	hak_lock_take(&span->lock);
	/*
	 * The ring is full, because no thread has checked the runs for a long time.
	 * Forget the oldest run.
	 */
	if (span->unseen_count == HAK_UNSEEN)
		take_oldest_locked(span);
	last = (span->unseen_first + span->unseen_count++) % HAK_UNSEEN;
	span->unseen[last] =
		(struct hak_unseen){ run->first, run->zero ? count : 0 };
	hak_lock_drop(&span->lock);
	hak_todo_add(HAK_TODO_LOOK);
}

bool hak_span_take_unseen(struct hak_span *span,
			  struct hak_unseen *ret_unseen)
{
	bool taken;

	hak_lock_take(&span->lock);
	taken = span->unseen_count > 1;
	if (taken)
		*ret_unseen = take_oldest_locked(span);
	hak_lock_drop(&span->lock);
	return taken;
}

/* ---- Lending ------------------------------------------------------------- */

bool hak_span_lend(struct hak_span *span, uint32_t count, uint32_t align,
		   struct hak_run *ret_run)
{
	hak_topology_tick();
	/*
	 * The last span has no node. So under strict binding do not lend from the
	 * last span, unless an option asks to interleave.
	 */
	if (hak_topology.bound && span->node >= hak_topology.nodes &&
	    hak_option(HAK_OPTION_LARGE) != HAK_LARGE_INTERLEAVE)
		return false;
	if (!lend_some(span, count, align, ret_run) || !lift(ret_run) ||
	    !commit(ret_run))
		return false;
	hak_span_add_unseen(ret_run);
	return true;
}

bool hak_span_extend(struct hak_run *run, uint32_t more)
{
	struct hak_span *span = run->span;
	uint32_t first = run->first + run->count;
	const struct hak_superslab *near = &span->superslab[first];
	struct hak_run rest = { span, first, more, false };
	enum hak_run_kind kind;
	bool done = false;

	hak_lock_take(&span->lock);
	if (first < span->mapped && hak_superslab_free(near) &&
	    near->run >= more) {
		kind = hak_run_kind_of(near);
		hak_run_cut_locked(span, first, first, more);
		rest.zero = all_zero(span, first, more);
		hak_lock_assert(&rest.span->lock);
		lent_locked(&rest, kind);
		done = true;
	}
	hak_lock_drop(&span->lock);
	if (!done || !lift(&rest) || !commit(&rest))
		return false;
	run->count += more;
	return true;
}

void hak_span_return_moved(const struct hak_run *run)
{
	struct hak_span *span = run->span;
	char *address = hak_span_address(span, run->first);
	size_t bytes = (size_t)run->count << HAK_SUPERSLAB_SHIFT;
	uint32_t i;

	if (!hak_map_again(address, bytes)) {
		for (i = 0; i < run->count; i++)
			span->superslab[run->first + i].pooled = false;
		hak_step_advise(span, run->first, run->count);
		/*
		 * With the guard, the new mapping has to be armed. Under
		 * mlockall, the new mapping already has pages. In both cases
		 * return the run in the usual way.
		 */
		if (hak_armed_wanted() || hak_map_locks(hak_window.page)) {
			hak_span_return(run);
			return;
		}
	} else if (hak_map_writable(address, bytes)) {
		return; /* nothing is mapped there, so never lend the run again */
	} else if (hak_map_decommit(address, bytes)) {
		hak_span_return(run);
		return;
	}
	hak_lock_take(&span->lock);
	hak_lock_assert(&run->span->lock);
	put_locked(run, HAK_SUPERSLAB_DECOMMITTED);
	hak_step_unmap_locked(span, hak_policy_addresses(span->lent));
	hak_lock_drop(&span->lock);
}

void hak_span_init(struct hak_span *span, char *records, size_t record_bytes)
{
	size_t superslab_bytes =
		hak_round_up(span->limit * sizeof(*span->superslab), 64 << 10);
	size_t slab_bytes = hak_round_up((size_t)span->limit * HAK_UNITS *
						 sizeof(*span->slab),
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
}
