/* SPDX-License-Identifier: MIT */
/*
 * refused.h - superslabs that the kernel refused to take.
 *
 * Refused superslabs are EMPTY and held: hakmem counts held superslabs apart from
 * warm superslabs, so that the warm superslabs can go. hakmem tries again after a
 * pause, and doubles the pause each time. A span lends held superslabs before other
 * superslabs.
 */
#pragma once

#include "heap/record.h"

/*
 * Give INFLIGHT superslabs again, singly, after the kernel took only a part of a
 * range. A superslab that the kernel refuses again is held from now on (see above).
 * Hold no lock.
 */
void hak_refused_sort(struct hak_span *span, uint32_t first, uint32_t count,
		      bool lazily);

/* Record that the kernel refused `count` superslabs, which are EMPTY and held now. */
void hak_refused_add_locked(struct hak_span *span, uint32_t count)
	HAK_REQUIRES(span->lock);

/*
 * Milliseconds until the next retry; HAK_NEVER if no superslab is held, or if so
 * many retries have failed that the keeper should not wake up for another retry.
 */
uint32_t hak_refused_wait_locked(const struct hak_span *span)
	HAK_REQUIRES(span->lock);

/*
 * Make held superslabs warm, which means that hakmem gives them to the kernel
 * again: hak_refused_thaw_locked() at once, hak_refused_tick_locked() only if the
 * pause is over.
 */
void hak_refused_thaw_locked(struct hak_span *span) HAK_REQUIRES(span->lock);
void hak_refused_tick_locked(struct hak_span *span, bool pressed)
	HAK_REQUIRES(span->lock);
