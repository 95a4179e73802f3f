/* SPDX-License-Identifier: MIT */
/*
 * armed.h - which superslabs are armed, and how one is lent again.
 *
 * `armed` stands in a superslab's record from before its pages go until it is lent
 * again. Lending knows no more of it than that such a superslab is mapped anew; who
 * arms, and what a touch does, is a matter of higher floors.
 */
#pragma once

#include "heap/span.h"
#include "base/atomic.h"
#include "base/options.h"

enum hak_armed {
	HAK_ARMED_NOT,
	HAK_ARMED_MARKED, /* it is about to be, or could not be */
	HAK_ARMED_ARMED,
};

/* Is what went back to the kernel to be armed? */
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

/* Marks INFLIGHT superslabs, which are the caller's, unless there are many islands. */
void hak_armed_mark_locked(struct hak_span *span, uint32_t first,
			   uint32_t count);
void hak_armed_unmark_locked(struct hak_span *span, uint32_t first,
			     uint32_t count);

/*
 * The next row of armed ones from `from` on; its length, 0: none. In a child one that
 * is only marked may be armed: it was forked in between.
 */
uint32_t hak_armed_next(const struct hak_span *span, uint32_t from,
			uint32_t end, uint32_t *ret_first);

/*
 * Of LIVE superslabs that nobody else knows yet: from now on they may be touched.
 * With no lock held. False if the kernel refuses; some may be disarmed then.
 */
HAK_COLD bool hak_armed_lift(const struct hak_run *run);
