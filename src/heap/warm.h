/* SPDX-License-Identifier: MIT */
/*
 * warm.h - counts of a span's empty superslabs, and the number of superslabs that the
 * process may have.
 *
 * An EMPTY superslab is held if the kernel has refused to take the pages, and
 * otherwise warm. A superslab is missed if hakmem decommitted the superslab and soon
 * had to lend it again. Higher floors use the counts for their decisions.
 */
#pragma once

#include "heap/record.h"

#include <stdint.h>

/*
 * Add to the number of warm (empty and resident) superslabs of a span; `more` may
 * be negative.
 */
void hak_warm_count_locked(struct hak_span *span, int32_t more)
	HAK_REQUIRES(span->lock);

/*
 * Call this when nonresident superslabs are lent. If hakmem decommitted superslabs
 * lately, hakmem did so too soon, and the function counts them as missed.
 */
void hak_warm_missed_locked(const struct hak_run *run)
	HAK_REQUIRES(run->span->lock);

/*
 * Record that hakmem decommitted `gone` superslabs, which the program may soon need
 * again.
 */
void hak_warm_gone_locked(struct hak_span *span, uint32_t gone)
	HAK_REQUIRES(span->lock);

/*
 * The number of superslabs missed recently. `period` is the time now, in periods of
 * 10 s (hak_clock_periods()).
 */
uint32_t hak_warm_missed(const struct hak_span *span, uint32_t period);

/* Clear the flag `held` of these superslabs. */
void hak_warm_unhold_locked(struct hak_span *span, uint32_t first,
			    uint32_t count) HAK_REQUIRES(span->lock);

/* The number of superslabs that the process may have; UINT32_MAX: any number. */
uint32_t hak_warm_limit(void);
void hak_warm_set_limit(uint32_t superslabs);
