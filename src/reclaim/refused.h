/* SPDX-License-Identifier: MIT */
/*
 * refused.h - superslabs that the kernel would not take.
 *
 * EMPTY as others, they are held: kept apart from what is warm, so that the rest of
 * it goes, and not tried again before a while has passed, each time for twice as
 * long. They are lent before others.
 */
#pragma once

#include "heap/span.h"

/*
 * Gives INFLIGHT superslabs once more, one by one, of which the kernel took not
 * all: those that it still refuses are held from now on. With no lock held.
 */
void hak_refused_sort(struct hak_span *span, uint32_t first, uint32_t count,
		      bool lazily);

/* So many have landed. */
void hak_refused_add_locked(struct hak_span *span, uint32_t count);

/*
 * Milliseconds until they are to be tried again; HAK_NEVER: there are none, or it
 * was in vain too often for anybody to wake up for it.
 */
uint32_t hak_refused_wait_locked(const struct hak_span *span);

/* They are as warm as others, to be tried again: now, or if it is time. */
void hak_refused_thaw_locked(struct hak_span *span);
void hak_refused_tick_locked(struct hak_span *span, bool pressed);
