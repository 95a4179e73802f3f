/* SPDX-License-Identifier: MIT */
/*
 * warm.h - counts of a span's empty superslabs: resident, held, gone and
 * missed; and the number of superslabs that the process may have.
 *
 * An EMPTY superslab is warm, or held if the kernel has refused to take the
 * pages. Higher floors use the counts for their decisions.
 */
#pragma once

#include "heap/record.h"

#include <stdint.h>

/* Add to the number of warm superslabs of a span; `more` may be negative. */
void hak_warm_count_locked(struct hak_span *span, int32_t more)
	HAK_REQUIRES(span->lock);

/* Note that decommitted superslabs are lent: hakmem decommitted them too soon. */
void hak_warm_missed_locked(const struct hak_run *run)
	HAK_REQUIRES(run->span->lock);

/* Note that `gone` superslabs went to the kernel, and may be missed. */
void hak_warm_gone_locked(struct hak_span *span, uint32_t gone)
	HAK_REQUIRES(span->lock);

/*
 * The number of superslabs missed recently. `period` is the current period, by
 * hakmem's clock (hak_clock_periods).
 */
uint32_t hak_warm_missed(const struct hak_span *span, uint32_t period);

/* Clear `held` of these superslabs. */
void hak_warm_unhold_locked(struct hak_span *span, uint32_t first,
			    uint32_t count) HAK_REQUIRES(span->lock);

/* The number of superslabs allowed for the process; UINT32_MAX: any number. */
uint32_t hak_warm_limit(void);
void hak_warm_set_limit(uint32_t superslabs);
