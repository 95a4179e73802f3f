/* SPDX-License-Identifier: MIT */
/*
 * handover.c - a LIVE superslab gets another node.
 *
 * Owns    nothing; changes `node` and `handed_over` of LIVE superslabs.
 * Locks   node->lock of the old node, then of the new node.
 * Calls   node.h, span.h, window.h.
 */
#include "heap/handover.h"

#include "heap/node.h"
#include "heap/window.h"

static bool may_leave(const struct hak_node *node, struct hak_span *span,
		      uint32_t index)
{
	const struct hak_superslab *superslab = &span->superslab[index];
	const char *unit = hak_span_address(span, index);
	const char *end = unit + HAK_SUPERSLAB_BYTES;
	bool spilled;

	if (hak_superslab_node(superslab) != node->index)
		return false;
	hak_lock_take(&span->lock);
	spilled = superslab->spilled;
	hak_lock_drop(&span->lock);
	if (spilled)
		return false;
	for (; unit < end; unit += HAK_UNIT_BYTES)
		if (hak_entry_key(hak_window_entry(unit)) == node->shared.key)
			return false;
	return true;
}

/*
 * Hold only a single lock at a time; in between, no list has the superslab. A
 * thread giving units back meanwhile finds the new node, and lists the superslab
 * there.
 */
unsigned hak_handover(struct hak_span *span, uint32_t index, unsigned to)
{
	struct hak_superslab *superslab = &span->superslab[index];
	unsigned from = hak_superslab_node(superslab);
	struct hak_node *node;
	bool leaves;

	if (from == HAK_NODELESS || from == to)
		return HAK_NODELESS;
	node = hak_nodes[from];
	hak_lock_take(&node->lock);
	leaves = may_leave(node, span, index);
	if (leaves) {
		if (superslab->bucket != HAK_UNLISTED)
			hak_list_remove(&superslab->link);
		superslab->bucket = HAK_UNLISTED;
		hak_superslab_set_handed_over(superslab, hak_nodes[to]->span != span);
		hak_superslab_forget_writers(superslab);
		hak_superslab_set_node(superslab, to);
	}
	hak_lock_drop(&node->lock);
	if (!leaves)
		return HAK_NODELESS;
	node = hak_nodes[to];
	hak_lock_take(&node->lock);
	if (hak_superslab_node(superslab) == to)
		hak_node_relist_locked(node, superslab);
	hak_lock_drop(&node->lock);
	return from;
}
