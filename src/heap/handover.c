/* SPDX-License-Identifier: MIT */
/*
 * handover.c - a LIVE superslab gets another node.
 *
 * Owns    nothing; changes `node` and `handed_over` of LIVE superslabs.
 * Locks   node->lock of the old node, with span->lock; then of the new node.
 * Calls   node.h, span.h, window.h.
 */
#include "heap/handover.h"

#include "heap/node.h"
#include "heap/window.h"

#include <string.h>

static bool may_leave(const struct hak_node *node, struct hak_span *span,
		      uint32_t index)
{
	const struct hak_superslab *superslab = &span->superslab[index];
	const char *unit = hak_span_address(span, index);
	const char *end = unit + HAK_SUPERSLAB_BYTES;
	bool misplaced;

	if (hak_superslab_node(superslab) != node->index)
		return false;
	hak_lock_take(&span->lock);
	misplaced = superslab->misplaced;
	hak_lock_drop(&span->lock);
	if (misplaced || superslab->thinned)
		return false;
	for (; unit < end; unit += HAK_UNIT_BYTES)
		if (hak_entry_key(hak_window_entry(unit)) == node->shared.key)
			return false;
	return true;
}

/*
 * For each size class, count the units of the superslab that are in slabs of the
 * class.
 */
static void count_slabs(const struct hak_span *span, uint32_t index,
			uint8_t ret_units[HAK_CLASSES])
{
	const struct hak_superslab *superslab = &span->superslab[index];
	const struct hak_slab *slab = &span->slab[(size_t)index * HAK_UNITS];
	unsigned unit, class;

	memset(ret_units, 0, HAK_CLASSES);
	for (unit = 0; unit < HAK_UNITS; unit++) {
		class = slab[superslab->first[unit]].class;
		if (class < HAK_CLASSES &&
		    !hak_superslab_has(superslab, unit, 1))
			ret_units[class]++;
	}
}

static void move_counts(struct hak_node *node, const uint8_t units[HAK_CLASSES],
			int sign)
{
	unsigned class;

	for (class = 1; class < HAK_CLASSES; class ++)
		hak_live_count(&node->live, class, sign * units[class]);
}

/*
 * Hold only one node's lock at a time: first the old node's lock, then the new
 * node's lock. Between the two, the superslab is on no node's list. A thread that
 * returns units meanwhile finds the new node in the record, and puts the superslab
 * on a list there.
 */
unsigned hak_handover(struct hak_span *span, uint32_t index, unsigned to)
{
	struct hak_superslab *superslab = &span->superslab[index];
	unsigned from = hak_superslab_node(superslab);
	uint8_t units[HAK_CLASSES];
	struct hak_node *node;
	bool leaves;

	if (from == HAK_NODELESS || from == to)
		return HAK_NODELESS;
	node = hak_nodes[from];
	hak_lock_take(&node->lock);
	leaves = may_leave(node, span, index);
	if (leaves) {
		hak_live_remove(&node->live, superslab);
		count_slabs(span, index, units);
		move_counts(node, units, -1);
		hak_superslab_set_handed_over(superslab,
					      hak_nodes[to]->span != span);
		hak_superslab_forget_writers(superslab);
		hak_superslab_set_node(superslab, to);
	}
	hak_lock_drop(&node->lock);
	if (!leaves)
		return HAK_NODELESS;
	node = hak_nodes[to];
	hak_lock_take(&node->lock);
	move_counts(node, units, 1);
	if (hak_superslab_node(superslab) == to) {
		superslab->lent = node->live.lent;
		hak_node_relist_locked(node, superslab);
	}
	hak_lock_drop(&node->lock);
	return from;
}
