/* SPDX-License-Identifier: MIT */
/*
 * sparse.c - LIVE superslabs that are mostly free give their free units.
 *
 * Owns    `seen` of superslabs, and the number of the round.
 * Locks   node->lock, never during a call.
 * Calls   hand.h, node.h, policy.h.
 */
#include "reclaim/sparse.h"

#include "reclaim/hand.h"
#include "reclaim/purge.h"
#include "watch/history.h"
#include "heap/node.h"
#include "heap/policy.h"
#include "heap/window.h"
#include "numa/topology.h"
#include "os/clock.h"
#include "os/recent.h"
#include "os/self.h"
#include "os/wake.h"

enum {
	LOOKS = 64,	  /* superslabs visited in one hold of the node's lock */
	/* sparse superslabs for which the keeper waits for memory pressure */
	WORTH = 32,
	AGAIN_MS = 10000, /* a shortage so soon is still the old shortage */
	SLEEP_MS = 1,	  /* between two checks while another thread gives */
	WAITS_MAX = 1000,
};

/*
 * The number of the round through all nodes, used only by the thread that has
 * claimed the hand (hand.h).
 */
static uint32_t round;

/* The progress of a plan. */
struct work {
	const struct hak_sparse_plan *plan;
	uint32_t gathered; /* number of units taken in hand so far */
	uint32_t gone; /* number of units that went to the kernel */
};

/*
 * Under strict binding memory is populated before use, so no unit may go. If pages
 * are larger than a unit, no unit can go.
 */
bool hak_sparse_possible(void)
{
	return !hak_topology.bound && hak_window.page <= HAK_UNIT_BYTES;
}

static bool is_hot(const struct hak_superslab *superslab)
{
	const struct hak_span *span = &hak_window.span[superslab->span];

	return hak_history_is_hot(span,
				  (uint32_t)(superslab - span->superslab));
}

/*
 * Has the superslab lent a unit so recently that the plan leaves its free units
 * alone?
 */
static bool is_wanted(const struct hak_live *live,
		      const struct hak_superslab *superslab,
		      const struct hak_sparse_plan *plan)
{
	uint32_t since;

	switch (plan->age) {
	case HAK_SPARSE_PAST:
		since = live->lent - hak_live_past(live);
		break;
	case HAK_SPARSE_SLICE:
		since = live->mark[plan->slice];
		break;
	default:
		return false;
	}
	return (int32_t)(superslab->lent - since) > 0;
}

/*
 * The units of a superslab to give. A plan by time gives only units that count as
 * an excess, because the kernel may already have other free units of a split
 * superslab.
 */
static unsigned find_spare(const struct hak_superslab *superslab,
			   const struct hak_sparse_plan *plan,
			   uint64_t ret_units[2])
{
	if (plan->age == HAK_SPARSE_ANY)
		return hak_hand_spare(superslab, ret_units);
	return hak_superslab_spare(superslab,
				   !superslab->split && !superslab->small,
				   ret_units);
}

static void take_locked(struct hak_node *node, struct hak_superslab *superslab,
			struct work *work) HAK_REQUIRES(node->lock)
{
	const struct hak_sparse_plan *plan = work->plan;
	uint64_t units[2];
	unsigned count;

	hak_lock_assert(&node->lock);
	/*
	 * Keep pages of the kernel's pool of huge pages, because the pool may be
	 * empty later.
	 */
	if (superslab->pooled || is_wanted(&node->live, superslab, plan))
		return;
	count = find_spare(superslab, plan, units);
	if (!hak_policy_sparse(superslab->units_free, count, plan->least) ||
	    (plan->spares && is_hot(superslab)))
		return;
	work->gathered += count;
	hak_hand_take_locked(node, superslab, units);
}

static bool is_full(const struct work *work)
{
	return hak_hand_count() == HAK_HAND_PARTS ||
	       work->gathered >= work->plan->most ||
	       (work->plan->keepers && hak_hand_count() >= hak_purge_pace());
}

/*
 * From the end of a list, take free units in hand, of superslabs not yet visited in
 * this round. True: the list may have more superslabs to visit.
 */
static bool gather_locked(struct hak_node *node, struct work *work,
			  unsigned group, unsigned bucket)
	HAK_REQUIRES(node->lock)
{
	struct hak_superslab *superslab;
	struct hak_list *list;
	unsigned looks;

	hak_lock_assert(&node->lock);
	for (looks = 0; looks < LOOKS && !is_full(work); looks++) {
		list = hak_live_list(&node->live, group, bucket);
		if (!list)
			return false;
		superslab = hak_container_of(list->prev, struct hak_superslab,
					     link);
		if (superslab->seen == round)
			return false;
		superslab->seen = round;
		hak_list_remove(&superslab->link);
		hak_list_push(list, &superslab->link);
		take_locked(node, superslab, work);
	}
	return true;
}

static enum hak_method method_now(const struct hak_sparse_plan *plan)
{
	if (plan->keepers && hak_self_look() != HAK_SELF_FREE)
		return HAK_METHOD_EACH;
	return plan->method;
}

/* Give units of the superslabs on the list of a group and a density. False: stop. */
static bool give_density(struct hak_node *node, struct work *work,
			 unsigned group, unsigned bucket)
{
	bool more = true;
	uint32_t gone;

	while (more) {
		hak_lock_take(&node->lock);
		more = gather_locked(node, work, group, bucket);
		hak_lock_drop(&node->lock);
		if (hak_hand_count()) {
			gone = hak_hand_give(method_now(work->plan));
			work->gone += gone;
			if (!gone)
				return false;
		}
		if (work->gathered >= work->plan->most ||
		    (work->plan->keepers && hak_wake_dismissed()))
			return false;
	}
	return true;
}

/*
 * Give units of the node's superslabs, of the emptiest superslabs first. False:
 * stop.
 */
static bool give_node(struct hak_node *node, struct work *work)
{
	unsigned bucket = HAK_DENSITIES;
	unsigned group, most;

	while (bucket--) {
		most = (bucket + 1) * HAK_UNITS / HAK_DENSITIES;
		if (!hak_policy_sparse(most, most, work->plan->least))
			break;
		for (group = 0; group < HAK_GROUPS; group++)
			if (!give_density(node, work, group, bucket))
				return false;
	}
	return true;
}

static void give_all(struct work *work)
{
	unsigned i;

	round++;
	for (i = 0; i < hak_window.spans; i++)
		if (hak_nodes[i] && !give_node(hak_nodes[i], work))
			break;
}

uint32_t hak_sparse_give(const struct hak_sparse_plan *plan)
{
	struct work work = { .plan = plan };

	if (!hak_sparse_possible())
		return 0;
	if (!hak_hand_claim_try())
		return HAK_SPARSE_BUSY;
	give_all(&work);
	hak_hand_drop();
	return work.gone;
}

uint32_t hak_sparse_give_short(enum hak_method method)
{
	/*
	 * If memory is short again soon after the last shortage, hot superslabs
	 * have to give too.
	 */
	const struct hak_sparse_plan plan = {
		.method = method,
		.least = hak_policy_sparse_short(),
		.most = UINT32_MAX,
		.keepers = true,
		.spares = hak_recent_short_ms() >= AGAIN_MS
	};

	hak_recent_short();
	return hak_sparse_give(&plan);
}

uint32_t hak_sparse_trim(enum hak_method method)
{
	const struct hak_sparse_plan plan = { .method = method,
					      .least = hak_policy_sparse_trim(),
					      .most = UINT32_MAX };
	struct work work = { .plan = &plan };
	unsigned waits;

	if (!hak_sparse_possible())
		return 0;
	for (waits = 0; !hak_hand_claim_try(); waits++) {
		if (waits == WAITS_MAX)
			return 0;
		hak_clock_sleep(SLEEP_MS);
	}
	give_all(&work);
	hak_hand_drop();
	return work.gone;
}

/* Count the sparse superslabs among the first few of a list, at most `most`. */
static unsigned count_locked(struct hak_node *node, unsigned group,
			     unsigned bucket, unsigned most)
	HAK_REQUIRES(node->lock)
{
	struct hak_list *list = hak_live_list(&node->live, group, bucket);
	const struct hak_superslab *superslab;
	struct hak_list *link;
	uint64_t units[2];
	unsigned count = 0;
	unsigned looks = 0;

	hak_lock_assert(&node->lock);
	if (!list)
		return 0;
	hak_list_for_each(link, list)
	{
		superslab = hak_container_of(link, struct hak_superslab, link);
		if (count == most || looks++ == LOOKS)
			break;
		count += hak_policy_sparse(superslab->units_free,
					   hak_hand_spare(superslab, units),
					   hak_policy_sparse_short());
	}
	return count;
}

/* Drop the lock between two groups, because the lists may be long. */
static unsigned count_node(struct hak_node *node, unsigned most)
{
	unsigned count = 0;
	unsigned group, bucket;

	for (group = 0; group < HAK_GROUPS && count < most; group++) {
		hak_lock_take(&node->lock);
		for (bucket = 0; bucket < HAK_DENSITIES; bucket++)
			count += count_locked(node, group, bucket,
					      most - count);
		hak_lock_drop(&node->lock);
	}
	return count;
}

bool hak_sparse_worth(void)
{
	unsigned count = 0;
	unsigned i;

	if (!hak_sparse_possible())
		return false;
	for (i = 0; i < hak_window.spans; i++)
		if (hak_nodes[i])
			count += count_node(hak_nodes[i], WORTH - count);
	return count >= WORTH;
}
