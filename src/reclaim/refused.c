/* SPDX-License-Identifier: MIT */
/*
 * refused.c - superslabs that the kernel refused to take.
 *
 * Owns    `held` of superslabs; `held`, `refusals` and `refused_at` of a span.
 * Locks   span->lock, never while the kernel takes memory back.
 * Calls   run.h, warm.h, leftover.h, os/map.h.
 */
#include "reclaim/refused.h"

#include "heap/leftover.h"
#include "heap/policy.h"
#include "heap/run.h"
#include "heap/warm.h"
#include "heap/window.h"
#include "os/clock.h"
#include "os/map.h"

enum {
	AGAIN_MS = 1000, /* time until the first retry */
	DOUBLED_MAX = 10, /* number of times that the time doubles */
	WAKES_MAX = 6, /* retries for which the keeper wakes up: two minutes */
};

/* ---- The rest of a range that went in part ------------------------------- */

/*
 * Is the whole superslab locked, as after mlockall, or only a block in the
 * superslab? If the kernel refuses the first, a middle and the last page, the whole
 * superslab is locked.
 */
static bool whole(char *address, bool lazily)
{
	size_t page = hak_window.page;

	return hak_map_give_one(address, page, lazily) &&
	       hak_map_give_one(address + HAK_SUPERSLAB_BYTES / 2, page,
				lazily) &&
	       hak_map_give_one(address + HAK_SUPERSLAB_BYTES - page, page,
				lazily);
}

/*
 * Give the superslab again. A new mapping removes the settings that the program has
 * made on a block and not undone before the free.
 */
static bool give_again(struct hak_span *span, uint32_t superslab, bool lazily)
{
	char *address = hak_span_address(span, superslab);

	if (!hak_map_give_one(address, HAK_SUPERSLAB_BYTES, lazily))
		return true;
	return !whole(address, lazily) && hak_leftover_renew(span, superslab);
}

void hak_refused_sort(struct hak_span *span, uint32_t first, uint32_t count,
		      bool lazily)
{
	bool all = hak_map_locks(hak_window.page);
	uint32_t i;

	for (i = first; i < first + count; i++)
		span->superslab[i].held =
			all || !give_again(span, i, lazily);
}

/* ---- Held superslabs ----------------------------------------------------- */

static uint32_t pause_ms(const struct hak_span *span)
{
	uint32_t doubled = span->refusals < DOUBLED_MAX ? span->refusals
							: DOUBLED_MAX;

	return (uint32_t)AGAIN_MS << doubled;
}

static uint32_t past_ms(const struct hak_span *span)
{
	return hak_clock_ms() - span->refused_at;
}

void hak_refused_add_locked(struct hak_span *span, uint32_t count)
{
	hak_lock_assert(&span->lock);
	/*
	 * After a long time without a refusal, a new refusal has another cause, so
	 * begin with the shortest pause again.
	 */
	if (past_ms(span) > 4 * pause_ms(span) + 2 * hak_policy_delay())
		span->refusals = 0;
	span->held += count;
	span->refused_at = hak_clock_ms();
	hak_stat_add(&span->stats, HAK_STAT_DECOMMIT_FAILED, 1);
}

uint32_t hak_refused_wait_locked(const struct hak_span *span)
{
	uint32_t past = past_ms(span);

	hak_lock_assert(&span->lock);
	if (!span->held || span->refusals > WAKES_MAX)
		return HAK_NEVER;
	return past < pause_ms(span) ? pause_ms(span) - past : 1;
}

void hak_refused_thaw_locked(struct hak_span *span)
{
	uint32_t head, count;

	hak_lock_assert(&span->lock);
	while ((head = hak_run_longest_locked(span, HAK_RUN_HELD)) !=
	       HAK_NO_RUN) {
		count = span->superslab[head].run;
		hak_run_cut_locked(span, head, head, count);
		hak_warm_unhold_locked(span, head, count);
		hak_warm_count_locked(span, (int32_t)count);
		hak_run_add_locked(span, head, count);
	}
}

void hak_refused_tick_locked(struct hak_span *span, bool pressed)
{
	hak_lock_assert(&span->lock);
	if (!span->held ||
	    past_ms(span) < (pressed ? AGAIN_MS : pause_ms(span)))
		return;
	span->refusals++;
	hak_refused_thaw_locked(span);
}
