/* SPDX-License-Identifier: MIT */
/*
 * misplaced.c - moves superslabs with pages on another node to the span's node.
 *
 * Owns    the times of the attempts.
 * Locks   span->lock, never across a call to the kernel. Meanwhile another
 *         thread may return the superslab; then at worst its mark is wrong.
 * Calls   heap/span.h, numa/place.h, base/todo.h.
 */
#include "reclaim/misplaced.h"

#include "heap/span.h"
#include "heap/window.h"
#include "numa/place.h"
#include "numa/topology.h"
#include "os/clock.h"
#include "os/wake.h"
#include "base/atomic.h"
#include "base/todo.h"

enum {
	TRIES_MAX = 4,	/* superslabs tried in a call of hak_misplaced_tick() */
	AGAIN_MS = 1000, /* until the next attempt */
};

static bool strays(const struct hak_span *span, uint32_t i)
{
	return hak_place_strays(hak_span_address(span, i), HAK_SUPERSLAB_BYTES,
				span->node);
}

bool hak_misplaced_any(const struct hak_span *span)
{
	return hak_read_once(&span->misplaced);
}

/*
 * Find the next misplaced superslab behind the superslab where the last search
 * ended; HAK_NO_RUN if there is none.
 */
static uint32_t next_misplaced(struct hak_span *span)
{
	uint32_t found = HAK_NO_RUN;
	uint32_t i;

	hak_lock_take(&span->lock);
	for (i = 0; span->misplaced && i < span->mapped; i++) {
		span->cursor =
			span->cursor + 1 < span->mapped ? span->cursor + 1 : 0;
		if (span->superslab[span->cursor].misplaced) {
			found = span->cursor;
			break;
		}
	}
	hak_lock_drop(&span->lock);
	return found;
}

uint32_t hak_misplaced_tick(struct hak_span *span)
{
	uint32_t now, i;
	unsigned tries;

	if (hak_likely(!hak_misplaced_any(span)) || !hak_span_may_stray(span))
		return HAK_NEVER;
	now = hak_clock_seconds();
	if (now == hak_exchange_relaxed(&span->tried, now))
		return AGAIN_MS;
	for (tries = 0; tries < TRIES_MAX; tries++) {
		i = next_misplaced(span);
		if (i == HAK_NO_RUN)
			return HAK_NEVER;
		if (hak_wake_dismissed())
			break;
		hak_place_gather(hak_span_address(span, i), HAK_SUPERSLAB_BYTES,
				 span->node);
		if (strays(span, i))
			break; /* the node has no room yet */
		hak_span_set_misplaced(span, i, false);
	}
	return AGAIN_MS;
}

static void look_at(struct hak_span *span)
{
	struct hak_unseen unseen;
	uint32_t i;

	while (hak_span_take_unseen(span, &unseen))
		for (i = unseen.first; i < unseen.first + unseen.count; i++)
			if (strays(span, i)) {
				hak_span_set_misplaced(span, i, true);
				hak_todo_add(HAK_TODO_CALL);
			}
}

void hak_misplaced_look(void)
{
	unsigned i;

	for (i = 0; i < hak_window.spans; i++)
		if (hak_span_may_stray(&hak_window.span[i]))
			look_at(&hak_window.span[i]);
}
