/* SPDX-License-Identifier: MIT */
/*
 * rebuild.c - repairs a span's records in a fork child, if a thread of the
 * parent was changing the records.
 *
 * Locks   span->lock, although a fork child has a single thread: the functions
 *         called here require the lock.
 * Calls   run.h, warm.h, leftover.h.
 */
#include "heap/span.h"

#include "heap/leftover.h"
#include "heap/run.h"
#include "heap/warm.h"
#include "base/atomic.h"

/*
 * Rebuild the records of the row of free superslabs that begins at the index
 * `first`. Returns the length of the row.
 */
static uint32_t rebuild_row_locked(struct hak_span *span, uint32_t first)
	HAK_REQUIRES(span->lock)
{
	struct hak_superslab *superslab;
	uint32_t i, warm = 0;

	hak_lock_assert(&span->lock);
	for (i = first; i < span->mapped; i++) {
		superslab = &span->superslab[i];
		if (superslab->state == HAK_SUPERSLAB_INFLIGHT &&
		    !hak_leftover_lost_locked(span, i)) {
			superslab->held = false;
			hak_superslab_set(superslab, HAK_SUPERSLAB_EMPTY);
		}
		if (!hak_superslab_free(superslab))
			break;
		span->held += hak_run_kind_of(superslab) == HAK_RUN_HELD;
		warm += hak_run_kind_of(superslab) == HAK_RUN_WARM;
	}
	if (i > first)
		hak_run_add_locked(span, first, i - first);
	hak_warm_count_locked(span, (int32_t)warm);
	return i - first;
}

void hak_span_rebuild(struct hak_span *span)
{
	uint32_t i, free;

	hak_lock_take(&span->lock);
	for (i = 0; i < HAK_RUN_KINDS; i++)
		span->runs[i].used = 0;
	span->held = 0;
	hak_write_once(&span->lent, 0);
	hak_write_once(&span->warm, 0);
	hak_write_once(&span->inflight, 0);
	for (i = 0; i < span->mapped; i += free + 1) {
		free = rebuild_row_locked(span, i);
		hak_span_count_locked(span, &span->lent,
				      i + free < span->mapped &&
					      span->superslab[i + free].state ==
						      HAK_SUPERSLAB_LIVE);
	}
	hak_lock_drop(&span->lock);
}
