/* SPDX-License-Identifier: MIT */
/*
 * sparse.c - LIVE superslabs that are mostly free.
 *
 * Owns    units in hand; `split` and `seen` of superslabs, `given` if LIVE.
 * Locks   node->lock, never during a call: nobody owns units in hand meanwhile.
 * Calls   node.h, policy.h, os/give.h.
 */
#include "reclaim/sparse.h"

#include "reclaim/purge.h"
#include "watch/history.h"
#include "heap/node.h"
#include "heap/policy.h"
#include "heap/span.h"
#include "heap/step.h"
#include "heap/window.h"
#include "numa/topology.h"
#include "os/clock.h"
#include "os/recent.h"
#include "os/self.h"
#include "os/wake.h"
#include "base/atomic.h"
#include "base/bits.h"
#include "arch/arch.h"

#include <errno.h>
#include <string.h>

enum {
	PARTS = 16, /* superslabs in hand at once */
	ROWS = PARTS * HAK_UNITS / 2,
	LOOKS = 64,	  /* superslabs examined in one hold of the lock */
	TRUST_MS = 10000, /* until khugepaged may have come by */
	WORTH = 32,	  /* sparse superslabs that justify waiting */
	AGAIN_MS = 10000, /* a shortage so soon is still the old shortage */
};

/* Free units of a superslab; units to put back, and units whose pages are gone. */
struct part {
	struct hak_superslab *superslab;
	uint64_t units[2];
	uint64_t back[2];
	uint64_t gone[2];
};

/* Units that the kernel is taking. Changed under the lock of the node. */
static struct {
	struct hak_node *node;
	uintptr_t giver; /* thread pointer */
	unsigned count;
	struct part part[PARTS];
} hand;

/* Used by the keeper only */
static uint32_t round; /* number of this round through all nodes */
static bool torn;      /* some superslabs were split */
static bool spares;    /* leave warm superslabs alone for now */

static uint32_t index_of(const struct hak_superslab *superslab)
{
	return (uint32_t)(superslab -
			  hak_window.span[superslab->span].superslab);
}

static char *address_of(const struct hak_superslab *superslab)
{
	return hak_span_address(&hak_window.span[superslab->span],
				index_of(superslab));
}

/* ---- Giving -------------------------------------------------------------- */

/*
 * May units that read as zero have pages? On small pages the program never touched
 * them. But a huge page comes as a whole, and khugepaged may make a huge page of a
 * split superslab.
 */
static bool filled(const struct hak_superslab *superslab, uint32_t now)
{
	if (superslab->split)
		return now - superslab->given >= TRUST_MS;
	return !hak_step_small(index_of(superslab));
}

static void take_locked(struct hak_node *node, struct hak_superslab *superslab)
	HAK_REQUIRES(node->lock)
{
	struct part *part = &hand.part[hand.count];
	unsigned units;

	hak_lock_assert(&node->lock);
	/* Keep pages of the pool: the pool may not have them again. */
	if (superslab->pooled)
		return;
	units = hak_superslab_spare(
		superslab, filled(superslab, hak_clock_ms()), part->units);
	if (!hak_policy_sparse(superslab->units_free, units) ||
	    (spares && hak_history_is_hot(&hak_window.span[superslab->span],
				       index_of(superslab))))
		return;
	part->superslab = superslab;
	hand.node = node;
	hand.giver = arch_thread_pointer();
	hand.count++;
	hak_superslab_take_out(superslab, part->units);
	hak_node_relist_locked(node, superslab);
}

/*
 * Take units in hand from superslabs at a list's end that are new to this round.
 * True: the list may have more.
 */
static bool gather_locked(struct hak_node *node, unsigned group,
			  unsigned bucket) HAK_REQUIRES(node->lock)
{
	struct hak_superslab *superslab;
	struct hak_list *list;
	unsigned looks;

	hak_lock_assert(&node->lock);
	for (looks = 0; looks < LOOKS && hand.count < PARTS &&
			hand.count < hak_purge_pace();
	     looks++) {
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
		take_locked(node, superslab);
	}
	return true;
}

static void list_rows(struct hak_ranges *ranges)
{
	const struct part *part;
	struct hak_row row;
	char *address;

	for (part = hand.part; part < hand.part + hand.count; part++) {
		address = address_of(part->superslab);
		row = (struct hak_row){ 0, 0 };
		while (hak_row_next(part->units, &row)) {
			ranges->range[ranges->count] = (struct iovec){
				address + ((size_t)row.first << HAK_UNIT_SHIFT),
				(size_t)row.count << HAK_UNIT_SHIFT
			};
			ranges->err[ranges->count++] = HAK_TO_GIVE;
		}
	}
}

/* The kernel refused a row, maybe for a single page: give unit by unit. */
static void give_units(struct part *part, const struct hak_row *row)
{
	char *address = address_of(part->superslab);
	struct hak_row unit = { row->first, 1 };

	address += (size_t)unit.first << HAK_UNIT_SHIFT;
	for (; unit.first < row->first + row->count; unit.first++) {
		if (!hak_map_decommit(address, HAK_UNIT_BYTES))
			hak_row_add(part->gone, &unit);
		address += HAK_UNIT_BYTES;
	}
}

/* Handle the result for each row. Returns how many rows the kernel refused. */
static unsigned judge(const struct hak_ranges *ranges)
{
	const int *err = ranges->err;
	unsigned refused = 0;
	struct part *part;
	struct hak_row row;

	for (part = hand.part; part < hand.part + hand.count; part++) {
		row = (struct hak_row){ 0, 0 };
		memset(part->back, 0, sizeof(part->back));
		memset(part->gone, 0, sizeof(part->gone));
		for (; hak_row_next(part->units, &row); err++) {
			/* No answer: pages may still go. Better lost than lent. */
			if (*err == -EINPROGRESS)
				continue;
			hak_row_add(part->back, &row);
			if (!*err)
				hak_row_add(part->gone, &row);
			else
				give_units(part, &row);
			refused += *err != 0;
		}
	}
	return refused;
}

/* Returns whether the superslab is empty now, and back in the span. */
static bool put_locked(struct hak_node *node, const struct part *part)
	HAK_REQUIRES(node->lock)
{
	struct hak_superslab *superslab = part->superslab;
	unsigned gone =
		hak_count_bits(part->gone[0]) + hak_count_bits(part->gone[1]);

	hak_lock_assert(&node->lock);
	hak_superslab_put_in(superslab, part->back, part->gone);
	if (gone) {
		superslab->given = hak_clock_ms();
		if (!superslab->split && !hak_step_small(index_of(superslab))) {
			superslab->split = true;
			torn = true;
			hak_stat_add(node->stats, HAK_STAT_SPLIT, 1);
		}
		hak_stat_add(node->stats, HAK_STAT_UNITS_GIVEN, gone);
	}
	return hak_node_relist_locked(node, superslab);
}

static bool any_gone(void)
{
	const struct part *part;

	for (part = hand.part; part < hand.part + hand.count; part++)
		if (part->gone[0] || part->gone[1])
			return true;
	return false;
}

static unsigned put_all(void)
{
	struct hak_node *node;
	unsigned empty = 0;

	/* Find each node anew: in a child a superslab may have a new node. */
	for (; hand.count; hand.count--) {
		const struct part *part = &hand.part[hand.count - 1];

		node = hak_node_lock_of(address_of(part->superslab));
		hak_lock_adopt(&node->lock);
		empty += put_locked(node, part);
		hak_lock_drop(&node->lock);
	}
	return empty;
}

/* Give the units in hand. False: the kernel takes none of the units. */
static bool give(enum hak_method method, unsigned *empty)
{
	static struct iovec range[ROWS];
	static int err[ROWS];
	struct hak_ranges ranges = { range, err, 0, false };
	struct hak_stats *stats = hand.node->stats;
	unsigned refused, fallen;
	bool any;

	list_rows(&ranges);
	if (hak_self_look() != HAK_SELF_FREE)
		method = HAK_METHOD_EACH;
	fallen = hak_give(&ranges, method);
	refused = judge(&ranges);
	hak_stat_add(stats, HAK_STAT_METHODS_ABANDONED, fallen);
	hak_stat_add(stats, HAK_STAT_BATCHES, 1);
	hak_stat_add(stats, HAK_STAT_DECOMMIT_FAILED, refused);
	any = any_gone();
	*empty += put_all();
	return any;
}

/* Begin with the emptiest superslabs. */
static unsigned give_node(struct hak_node *node, enum hak_method method)
{
	unsigned bucket = HAK_DENSITIES;
	unsigned empty = 0;
	unsigned group, most;
	bool more;

	while (bucket--) {
		most = (bucket + 1) * HAK_UNITS / HAK_DENSITIES;
		for (group = 0; group < HAK_GROUPS; group++) {
			more = hak_policy_sparse(most, most);
			while (more) {
				hak_lock_take(&node->lock);
				more = gather_locked(node, group, bucket);
				hak_lock_drop(&node->lock);
				if (hand.count && !give(method, &empty))
					return empty;
				if (hak_wake_dismissed())
					return empty;
			}
		}
	}
	return empty;
}

/* Put all units back unchanged: no page is known to be gone. */
static unsigned put_as_it_was(void)
{
	unsigned i;

	for (i = 0; i < hand.count; i++) {
		memcpy(hand.part[i].back, hand.part[i].units,
		       sizeof(hand.part[i].back));
		memset(hand.part[i].gone, 0, sizeof(hand.part[i].gone));
	}
	return put_all();
}

unsigned hak_sparse_give(enum hak_method method)
{
	unsigned empty = 0;
	unsigned i;

	/* If memory is short again soon, warm superslabs have to go as well. */
	spares = hak_recent_short_ms() >= AGAIN_MS;
	hak_recent_short();
	/* Bound memory is populated before use: give none. */
	if (hak_topology.bound || hak_window.page > HAK_UNIT_BYTES)
		return 0;
	/* Forked without handlers, the process inherits a keeper's hand. */
	if (hand.count)
		empty = put_as_it_was();
	round++;
	for (i = 0; i < hak_window.spans; i++)
		if (hak_nodes[i])
			empty += give_node(hak_nodes[i], method);
	return empty;
}

/* Count the sparse superslabs among the first few of a list, `most` at most. */
static unsigned count_locked(struct hak_node *node, unsigned group,
			     unsigned bucket, unsigned most)
	HAK_REQUIRES(node->lock)
{
	struct hak_list *list = hak_live_list(&node->live, group, bucket);
	const struct hak_superslab *superslab;
	uint64_t units[2];
	struct hak_list *link;
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
		count += hak_policy_sparse(
			superslab->units_free,
			hak_superslab_spare(superslab,
					    filled(superslab, hak_clock_ms()),
					    units));
	}
	return count;
}

bool hak_sparse_split(void)
{
	return torn;
}

bool hak_sparse_worth(void)
{
	unsigned count = 0;
	unsigned i, list;

	if (hak_topology.bound || hak_window.page > HAK_UNIT_BYTES)
		return false;
	for (i = 0; i < hak_window.spans; i++) {
		if (!hak_nodes[i])
			continue;
		hak_lock_take(&hak_nodes[i]->lock);
		for (list = 0; list < HAK_GROUPS * HAK_DENSITIES; list++)
			count += count_locked(hak_nodes[i],
					      list / HAK_DENSITIES,
					      list % HAK_DENSITIES,
					      WORTH - count);
		hak_lock_drop(&hak_nodes[i]->lock);
	}
	return count >= WORTH;
}

/* ---- In a fork child ----------------------------------------------------- */

void hak_sparse_after_fork(void)
{
	unsigned i;

	/* Forked in a signal handler: the interrupted work goes on here. */
	if (!hand.count || hand.giver == arch_thread_pointer() ||
	    hak_lock_is_mine(&hand.node->lock))
		return;
	for (i = 0; i < hak_window.spans; i++)
		if (hak_lock_is_mine(&hak_window.span[i].lock))
			return;
	put_as_it_was();
}
