/* SPDX-License-Identifier: MIT */
/*
 * spill.c - superslabs that lie on another node than theirs, and their way home.
 *
 * Owns    `spilled` of a superslab and a span, and what is yet to be looked at.
 * Locks   span->lock, never across a call to the kernel: a superslab may be
 *         returned meanwhile, which does no harm but to the count.
 * Calls   numa/place.h.   Called by  span.c, sparse.c.
 */
#include "heap/spill.h"

#include "heap/decommit.h"
#include "numa/place.h"
#include "numa/topology.h"
#include "os/clock.h"
#include "os/wake.h"
#include "base/atomic.h"

enum {
	LOOKS_MAX = 16, /* superslabs of a long run that are looked at */
	TRIES_MAX = 4,	/* that are brought home at once */
	AGAIN_MS = 1000,
};

static bool watched(const struct hak_span *span)
{
	return hak_topology.places && hak_topology.nodes > 1 &&
	       span->node < hak_topology.nodes && !hak_topology.bound;
}

static bool strays(const struct hak_span *span, uint32_t i)
{
	return hak_place_strays(hak_span_address(span, i), HAK_SUPERSLAB_BYTES,
				span->node);
}

static void set_spilled(struct hak_span *span, uint32_t i, bool spilled)
{
	struct hak_superslab *superslab = &span->superslab[i];

	hak_lock_take(&span->lock);
	/* What was moved away on purpose has not strayed. */
	if (superslab->spilled != spilled &&
	    !(spilled && hak_superslab_abroad(superslab))) {
		superslab->spilled = spilled;
		hak_add_relaxed(&span->spilled, spilled ? 1 : -1U);
		/* What the kernel has back did not come home. */
		if (!hak_superslab_cold(superslab))
			hak_stat_add(&span->stats,
				     spilled ? HAK_STAT_SPILLED
					     : HAK_STAT_BROUGHT_HOME,
				     1);
	}
	hak_lock_drop(&span->lock);
}

void hak_spill_set(struct hak_span *span, uint32_t superslab)
{
	hak_write_once(&span->superslab[superslab].abroad, false);
	set_spilled(span, superslab, true);
	if (!hak_wake_ring())
		hak_wake_want();
}

bool hak_spill_any(const struct hak_span *span)
{
	return hak_read_once(&span->spilled);
}

/* The next that is away, from where the last look ended; HAK_NO_RUN: none. */
static uint32_t next_spilled(struct hak_span *span)
{
	uint32_t found = HAK_NO_RUN;
	uint32_t i;

	hak_lock_take(&span->lock);
	for (i = 0; span->spilled && i < span->claimed; i++) {
		span->cursor =
			span->cursor + 1 < span->claimed ? span->cursor + 1 : 0;
		if (span->superslab[span->cursor].spilled) {
			found = span->cursor;
			break;
		}
	}
	hak_lock_drop(&span->lock);
	return found;
}

uint32_t hak_spill_tick(struct hak_span *span)
{
	uint32_t now, i;
	unsigned tries;

	if (hak_likely(!hak_spill_any(span)) || !watched(span))
		return HAK_NEVER;
	now = hak_clock_seconds();
	if (now == hak_exchange_relaxed(&span->tried, now))
		return AGAIN_MS;
	for (tries = 0; tries < TRIES_MAX; tries++) {
		i = next_spilled(span);
		if (i == HAK_NO_RUN)
			return HAK_NEVER;
		if (hak_wake_dismissed())
			break;
		hak_place_gather(hak_span_address(span, i), HAK_SUPERSLAB_BYTES,
				 span->node);
		if (strays(span, i))
			break; /* no room yet */
		set_spilled(span, i, false);
	}
	return AGAIN_MS;
}

void hak_spill_watch(const struct hak_run *run)
{
	struct hak_span *span = run->span;
	uint32_t first, count, i;

	if (hak_likely(!watched(span)))
		return;
	hak_lock_take(&span->lock);
	first = span->unseen;
	count = span->unseen_count;
	span->unseen = run->first;
	span->unseen_count = !run->zero		      ? 0
			     : run->count < LOOKS_MAX ? run->count
						      : LOOKS_MAX;
	hak_lock_drop(&span->lock);
	for (i = first; i < first + count; i++)
		if (strays(span, i)) {
			set_spilled(span, i, true);
			if (!hak_wake_ring())
				hak_wake_want();
		}
}
