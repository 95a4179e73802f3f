/* SPDX-License-Identifier: MIT */
/*
 * rebalance.c - moves a superslab to the node whose threads write the superslab.
 *
 * Locks   none while pages move.
 * Calls   node.h, numa/place.h.
 */
#include "watch/rebalance.h"

#include "heap/handover.h"
#include "heap/node.h"
#include "numa/place.h"
#include "numa/topology.h"

static bool possible(const struct hak_span *span, unsigned node)
{
	return hak_topology.places && !hak_topology.bound &&
	       node < hak_topology.nodes && span->node < hak_topology.nodes;
}

bool hak_rebalance(struct hak_span *span, uint32_t superslab, unsigned node)
{
	char *address = hak_span_address(span, superslab);
	unsigned from;

	if (!possible(span, node))
		return false;
	from = hak_handover(span, superslab, node);
	if (from == HAK_NODELESS)
		return false;
	if (hak_place_move(address, node)) {
		hak_stat_add(&span->stats, HAK_STAT_REBALANCED, 1);
		return true;
	}
	/*
	 * The pages did not move, perhaps because the new node is full. So give the
	 * superslab back to the node heap of the old node.
	 */
	hak_handover(span, superslab, from);
	return false;
}
