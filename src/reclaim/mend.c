/* SPDX-License-Identifier: MIT */
/*
 * mend.c - huge pages for split superslabs that are dense again.
 *
 * Owns    nothing; clears `split` of superslabs.
 * Locks   node->lock, never during a collapse.
 * Calls   hand.h, misplaced.h, node.h, os/map.h, os/recent.h.
 */
#include "reclaim/mend.h"

#include "reclaim/hand.h"
#include "reclaim/misplaced.h"
#include "heap/node.h"
#include "heap/span.h"
#include "heap/window.h"
#include "numa/topology.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/map.h"
#include "os/recent.h"
#include "os/wake.h"
#include "base/atomic.h"

#include <string.h>

enum {
	WAIT_MS = 3000,	  /* until the next look for split superslabs */
	/* time after a shortage of memory in which the keeper looks every WAIT_MS */
	WATCH_MS = 60000,
	MENDS = 4,	  /* superslabs that get a huge page in a call, at most */
	MORE_MS = 100,	  /* until the next call, if more superslabs wait */
};

/*
 * Does the system allow huge pages? hakmem has to ask, because a collapse makes a
 * huge page even if the system forbids huge pages.
 */
static bool huge_pages(void)
{
	char text[64];

	return hak_file_read("/sys/kernel/mm/transparent_hugepage/enabled",
			     text, sizeof(text)) > 0 &&
	       !strstr(text, "[never]");
}

static struct hak_superslab *find_split_locked(struct hak_node *node)
	HAK_REQUIRES(node->lock)
{
	struct hak_list *list = NULL;
	unsigned group;

	hak_lock_assert(&node->lock);
	for (group = 0; !list && group < HAK_GROUPS; group++)
		list = hak_live_list(&node->live, group, HAK_DENSITIES);
	return list ? hak_list_first(list, struct hak_superslab, link) : NULL;
}

/*
 * Take a dense split superslab off its list. From now on the superslab counts as
 * whole, even if the collapse fails.
 */
static bool take_split(struct hak_node *node, struct hak_run *ret_run)
{
	struct hak_superslab *superslab;
	struct hak_span *span;

	hak_lock_take(&node->lock);
	superslab = find_split_locked(node);
	if (superslab) {
		superslab->split = false;
		hak_node_relist_locked(node, superslab);
		span = &hak_window.span[superslab->span];
		*ret_run = (struct hak_run){
			span, (uint32_t)(superslab - span->superslab), 1, true
		};
	}
	hak_lock_drop(&node->lock);
	return superslab;
}

/*
 * Make a huge page for a superslab of the node. Meanwhile other threads may empty,
 * decommit or move the superslab. A collapse changes no byte; at worst a superslab
 * that is not in use gets a huge page.
 */
static bool mend(struct hak_node *node)
{
	struct hak_run run;

	/*
	 * The huge page comes to the node that has most of the pages. So first
	 * misplaced.c has to move the pages to the right node.
	 */
	if (hak_read_once(&node->span->misplaced) || !take_split(node, &run))
		return false;
	if (!hak_map_collapse(hak_span_address(run.span, run.first),
			      HAK_SUPERSLAB_BYTES))
		hak_stat_add(node->stats, HAK_STAT_MENDED, 1);
	/*
	 * The small pages may have come from another node in a shortage, so check
	 * the node.
	 */
	hak_span_add_unseen(&run);
	hak_misplaced_look();
	return true;
}

uint32_t hak_mend_tick(enum hak_self self)
{
	unsigned mended = 0;
	unsigned i;

	if (!hak_hand_split() || hak_topology.bound)
		return HAK_NEVER;
	if (!hak_recent_calm())
		return hak_recent_calm_ms();
	/*
	 * A collapse copies memory shared with a fork child, for example while a
	 * child saves a database. Then leave the collapse to khugepaged.
	 */
	if (self != HAK_SELF_FREE || hak_self_look() != HAK_SELF_FREE ||
	    hak_recent_forked() || !huge_pages())
		return HAK_NEVER;
	for (i = 0; i < hak_window.spans; i++)
		while (hak_nodes[i] && mended < MENDS &&
		       !hak_wake_dismissed() && mend(hak_nodes[i]))
			mended++;
	if (mended == MENDS)
		return MORE_MS;
	return hak_recent_short_ms() < WATCH_MS ||
			       hak_hand_given_ms() < WATCH_MS
		       ? WAIT_MS
		       : HAK_NEVER;
}
