/* SPDX-License-Identifier: MIT */
/*
 * armed.h - the armed flag of superslabs, and how an armed superslab is lent.
 *
 * The flag `armed` in a superslab's record is set before the pages go to the kernel,
 * and cleared when the superslab is lent again. Before lending an armed superslab,
 * this floor maps the superslab anew. Higher floors arm superslabs, and decide what
 * happens at a touch.
 */
#pragma once

#include "heap/record.h"
#include "base/atomic.h"
#include "base/options.h"

enum hak_armed {
	HAK_ARMED_NOT,
	HAK_ARMED_MARKED, /* a thread is about to arm, or could not arm */
	HAK_ARMED_ARMED,
};

/* Does the option ask to arm memory given back to the kernel? */
static inline bool hak_armed_wanted(void)
{
	return hak_option(HAK_OPTION_GUARD) != HAK_GUARD_OFF;
}

static inline uint8_t hak_armed_of(const struct hak_span *span, uint32_t superslab)
{
	return hak_read_once(&span->superslab[superslab].armed);
}

void hak_armed_set(struct hak_span *span, uint32_t first, uint32_t count,
		   uint8_t armed);

/*
 * hak_armed_mark_locked() marks the caller's INFLIGHT superslabs, which the caller
 * is about to arm. The function marks none if the process already has very many
 * rows of armed superslabs, because each row costs mappings.
 * hak_armed_unmark_locked() clears the flags of superslabs that are not armed any
 * more.
 */
void hak_armed_mark_locked(struct hak_span *span, uint32_t first,
			   uint32_t count) HAK_REQUIRES(span->lock);
void hak_armed_unmark_locked(struct hak_span *span, uint32_t first,
			     uint32_t count) HAK_REQUIRES(span->lock);

/*
 * Find the next row of marked or armed superslabs, from the index `from` on.
 * Returns the length of the row; 0 if there is none. In a fork child a
 * superslab with a mark may be armed or not, because the fork may come between
 * marking and arming.
 */
uint32_t hak_armed_next(const struct hak_span *span, uint32_t from,
			uint32_t end, uint32_t *ret_first);

/*
 * Disarm LIVE superslabs that a span has just lent, before the program may touch
 * the memory. No other thread uses the superslabs yet. Call this with no lock held.
 * False if the kernel refuses; then some superslabs may be disarmed.
 */
HAK_COLD bool hak_armed_lift(const struct hak_run *run);
