/* SPDX-License-Identifier: MIT */
/*
 * warm.c - counts of a span's empty superslabs.
 *
 * Owns    `warm`, `least`, `gone`, `missed`, `period` and `held` of a span; the number of
 *         superslabs that the process may have.
 * Locks   span->lock to change the counts of a span. Reading the atomic counts needs no
 *         lock.
 * Calls   os/clock.h.
 */
#include "heap/warm.h"

#include "os/clock.h"
#include "base/atomic.h"

/* a superslab lent again within this time counts as wanted soon */
enum { SOON_MS = 3000 };

static _Atomic uint32_t limit = UINT32_MAX; /* in superslabs */

void hak_warm_count_locked(struct hak_span *span, int32_t more)
{
	hak_lock_assert(&span->lock);
	hak_span_count_locked(span, &span->warm, (uint32_t)more);
	if (hak_read_once(&span->warm) < span->least[span->slice])
		span->least[span->slice] = hak_read_once(&span->warm);
}

/*
 * The count after `periods` periods. A count loses half of its value in each
 * period.
 */
static uint32_t faded(uint32_t count, uint32_t periods)
{
	return periods < 32 ? count >> periods : 0;
}

static void fade_locked(struct hak_span *span) HAK_REQUIRES(span->lock)
{
	uint32_t now = hak_clock_periods();
	uint32_t past = now - hak_read_once(&span->period);

	hak_lock_assert(&span->lock);
	if (!past)
		return;
	span->gone = faded(span->gone, past);
	hak_write_once(&span->missed,
		       faded(hak_read_once(&span->missed), past));
	hak_write_once(&span->period, now);
}

void hak_warm_missed_locked(const struct hak_run *run)
{
	struct hak_span *span = run->span;
	const struct hak_superslab *superslab = &span->superslab[run->first];
	uint32_t now = hak_clock_ms();
	uint32_t soon = 0;
	uint32_t missed, i;

	hak_lock_assert(&span->lock);
	for (i = 0; i < run->count; i++)
		soon += superslab[i].state != HAK_SUPERSLAB_FRESH &&
			now - superslab[i].given <= SOON_MS;
	hak_stat_add(&span->stats, HAK_STAT_WANTED_SOON, soon);
	/*
	 * At most `gone` of these superslabs would still be resident if hakmem had
	 * decommitted nothing lately. Count these superslabs as missed.
	 */
	fade_locked(span);
	missed = run->count < span->gone ? run->count : span->gone;
	span->gone -= missed;
	hak_span_count_locked(span, &span->missed, missed);
}

void hak_warm_gone_locked(struct hak_span *span, uint32_t gone)
{
	hak_lock_assert(&span->lock);
	fade_locked(span);
	span->gone += gone;
}

uint32_t hak_warm_missed(const struct hak_span *span, uint32_t period)
{
	return faded(hak_read_once(&span->missed),
		     period - hak_read_once(&span->period));
}

void hak_warm_unhold_locked(struct hak_span *span, uint32_t first,
			    uint32_t count)
{
	uint32_t i;

	hak_lock_assert(&span->lock);
	for (i = first; i < first + count; i++)
		span->superslab[i].held = false;
	span->held -= count;
}

uint32_t hak_warm_limit(void)
{
	return hak_read_once(&limit);
}

void hak_warm_set_limit(uint32_t superslabs)
{
	hak_write_once(&limit, superslabs);
}
