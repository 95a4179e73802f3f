/* SPDX-License-Identifier: MIT */
/*
 * warm.h - counts of a span's empty superslabs: resident ones, held ones, and those
 * that went and were missed; and how many the process may have. Decisions are made of
 * them elsewhere.
 *
 * Warm is what is EMPTY, but for what the kernel would not take, which is held.
 */
#pragma once

#include "heap/span.h"

#include <stdint.h>

/* Warm superslabs of a span have become so many more, or fewer. */
void hak_warm_count_locked(struct hak_span *span, int32_t more);

/* Cold ones are being lent, which might have been kept. */
void hak_warm_missed_locked(const struct hak_run *run);

/* So many went, and may be missed. */
void hak_warm_gone_locked(struct hak_span *span, uint32_t gone);

/* How many were missed of late, in a period by hak_clock_periods(). */
uint32_t hak_warm_missed(const struct hak_span *span, uint32_t period);

/* Held superslabs are held no more. */
void hak_warm_unhold_locked(struct hak_span *span, uint32_t first,
			    uint32_t count);

/* How many superslabs the process may have; UINT32_MAX: any. */
uint32_t hak_warm_limit(void);
void hak_warm_set_limit(uint32_t superslabs);
