/* SPDX-License-Identifier: MIT */
/*
 * refused.h - superslabs that the kernel refused to take.
 *
 * Refused superslabs are EMPTY and held: kept apart from warm superslabs, so that
 * the warm superslabs can go. A retry comes after a pause, and each pause is twice
 * as long as the pause before. Held superslabs are lent before others.
 */
#pragma once

#include "heap/record.h"

/*
 * Give INFLIGHT superslabs again, singly, after the kernel took only a part.
 * Superslabs refused again are held from now on. Hold no lock.
 */
void hak_refused_sort(struct hak_span *span, uint32_t first, uint32_t count,
		      bool lazily);

/* So many held superslabs are EMPTY again. */
void hak_refused_add_locked(struct hak_span *span, uint32_t count)
	HAK_REQUIRES(span->lock);

/*
 * Milliseconds until the next retry; HAK_NEVER: no superslab is held, or too many
 * retries were in vain, so nobody should wake up for the next.
 */
uint32_t hak_refused_wait_locked(const struct hak_span *span)
	HAK_REQUIRES(span->lock);

/* Count held superslabs as warm again, for a retry: now, or if the pause is over. */
void hak_refused_thaw_locked(struct hak_span *span) HAK_REQUIRES(span->lock);
void hak_refused_tick_locked(struct hak_span *span, bool pressed)
	HAK_REQUIRES(span->lock);
