/* SPDX-License-Identifier: MIT */
/*
 * armed.c - the armed flag of superslabs, and how an armed superslab is lent.
 *
 * Owns    `armed` of superslabs, the number of islands.
 * Locks   span->lock for marks.
 * Calls   step.h, os/map.h.
 */
#include "heap/armed.h"

#include "heap/step.h"
#include "os/clock.h"
#include "os/map.h"

/*
 * A row of armed superslabs is an island. An island may cost the process two
 * mappings, and the kernel limits the number of mappings.
 */
enum { ISLANDS_MAX = 400 };

static _Atomic uint32_t islands;

static uint32_t neighbours(const struct hak_span *span, uint32_t first,
			   uint32_t count)
{
	return (first && hak_armed_of(span, first - 1)) +
	       (first + count < span->mapped && hak_armed_of(span, first + count));
}

void hak_armed_set(struct hak_span *span, uint32_t first, uint32_t count,
		   uint8_t armed)
{
	uint32_t i;

	for (i = first; i < first + count; i++)
		hak_write_once(&span->superslab[i].armed, armed);
}

void hak_armed_mark_locked(struct hak_span *span, uint32_t first,
			   uint32_t count)
{
	uint32_t more = 1 - neighbours(span, first, count);
	uint32_t i;

	hak_lock_assert(&span->lock);
	/*
	 * A superslab is still armed if the kernel once refused to disarm the
	 * superslab. Then change no flag.
	 */
	for (i = first; i < first + count; i++)
		if (hak_armed_of(span, i))
			return;
	/*
	 * Record the time before the pages go, because the report of a touch gives
	 * this time, and a touch may come at once.
	 */
	for (i = first; i < first + count; i++)
		span->superslab[i].given = hak_clock_ms();
	if (hak_read_once(&islands) >= ISLANDS_MAX && more == 1)
		return;
	hak_add_relaxed(&islands, more);
	hak_armed_set(span, first, count, HAK_ARMED_MARKED);
}

void hak_armed_unmark_locked(struct hak_span *span, uint32_t first,
			     uint32_t count)
{
	hak_lock_assert(&span->lock);
	hak_add_relaxed(&islands, neighbours(span, first, count) - 1);
	hak_armed_set(span, first, count, HAK_ARMED_NOT);
}

uint32_t hak_armed_next(const struct hak_span *span, uint32_t from,
			uint32_t end, uint32_t *ret_first)
{
	uint32_t count = 0;

	while (from < end && !hak_armed_of(span, from))
		from++;
	*ret_first = from;
	while (from + count < end && hak_armed_of(span, from + count))
		count++;
	return count;
}

/* Map the armed superslabs of the run anew, because a new mapping is never armed. */
bool hak_armed_lift(const struct hak_run *run)
{
	struct hak_span *span = run->span;
	uint32_t end = run->first + run->count;
	uint32_t from = run->first;
	uint32_t first, count;

	while ((count = hak_armed_next(span, from, end, &first))) {
		if (hak_map_again(hak_span_address(span, first),
				  (size_t)count << HAK_SUPERSLAB_SHIFT))
			return false;
		hak_step_advise(span, first, count);
		hak_lock_take(&span->lock);
		hak_armed_unmark_locked(span, first, count);
		hak_lock_drop(&span->lock);
		from = first + count;
	}
	return true;
}
