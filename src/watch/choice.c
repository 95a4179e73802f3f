/* SPDX-License-Identifier: MIT */
/*
 * choice.c - which superslabs are observed next.
 *
 * Owns    the place where the next search begins; used by the keeper only.
 * Locks   span->lock, to find LIVE superslabs.
 * Calls   history.h, heap/window.h.
 */
#include "watch/choice.h"

#include "watch/history.h"
#include "heap/block.h"
#include "heap/window.h"
#include "base/bits.h"

enum {
	ROWS = 4,   /* a row has at most a quarter of the lent superslabs */
	NEAR = 256, /* most superslabs to check before dropping span->lock for a moment */
};

/* The span and the superslab where the search for the next row begins. */
static unsigned cursor_span;
static uint32_t cursor;

bool hak_choice_may_watch(const struct hak_span *span, uint32_t i)
{
	const struct hak_superslab *superslab = &span->superslab[i];

	return superslab->state == HAK_SUPERSLAB_LIVE &&
	       !(superslab->large &&
		 span->superslab[superslab->head].bytes >= HAK_LARGE_MOVES);
}

/*
 * The length of a row: a quarter of the lent superslabs, but at least 1, and neither
 * more than `most` nor more than HAK_CHOICE_MAX.
 */
static uint32_t length(uint32_t most)
{
	uint64_t lent = hak_stat_difference(HAK_STAT_SUPERSLABS_LENT,
					    HAK_STAT_SUPERSLABS_RETURNED);
	uint64_t want = hak_div_up(lent, ROWS);

	if (want < most)
		most = want ? (uint32_t)want : 1;
	return most < HAK_CHOICE_MAX ? most : HAK_CHOICE_MAX;
}

/*
 * Choose a row that begins at the next superslab, from `cursor` on, for which
 * hak_choice_may_watch() is true. False if there is none among the next NEAR
 * superslabs.
 */
static bool find_locked(struct hak_span *span, struct hak_run *ret_row)
	HAK_REQUIRES(span->lock)
{
	uint32_t end = span->mapped - cursor < NEAR ? span->mapped
						     : cursor + NEAR;

	hak_lock_assert(&span->lock);
	for (; cursor < end; cursor++) {
		if (hak_choice_may_watch(span, cursor)) {
			*ret_row = (struct hak_run){
				span, cursor, length(span->mapped - cursor),
				false
			};
			cursor += ret_row->count;
			return true;
		}
		hak_history_forget(span, cursor);
	}
	return false;
}

static bool find_in(struct hak_span *span, struct hak_run *ret_row)
{
	bool found = false;
	bool more = true;

	while (!found && more) {
		hak_lock_take(&span->lock);
		hak_history_reach(span);
		found = find_locked(span, ret_row);
		more = cursor < span->mapped;
		hak_lock_drop(&span->lock);
	}
	return found;
}

bool hak_choice_next(struct hak_run *ret_row)
{
	unsigned spans;

	for (spans = 0; spans <= hak_window.spans; spans++) {
		if (find_in(&hak_window.span[cursor_span], ret_row))
			return true;
		cursor = 0;
		cursor_span = (cursor_span + 1) % hak_window.spans;
	}
	return false;
}
