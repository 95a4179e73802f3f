/* SPDX-License-Identifier: MIT */
/*
 * budget.h - how many empty superslabs stay resident, over all spans together.
 *
 * Three totals, each within the one before: what there is room for, whose excess
 * goes with the very free that made it; what nothing may exceed, whose excess goes as
 * soon as the keeper is awake; and what is kept, whose excess goes once it has been
 * there for the whole delay. Where the spans together have more than a total, those
 * that have most give.
 */
#pragma once

#include "heap/span.h"
#include "base/atomic.h"
#include "base/compiler.h"

enum hak_total {
	HAK_TOTAL_ROOM,	 /* a part of what the cgroup may have */
	HAK_TOTAL_BOUND, /* that, and TARGET_MB */
	HAK_TOTAL_KEPT,	 /* that, and KEEP_MB, KEEP_PERCENT, what was missed */
};

/* How many that is; UINT32_MAX: any. Have the spans together more? */
uint32_t hak_budget_total(enum hak_total total);
bool hak_budget_over(enum hak_total total);

/* How many of a span's warm superslabs may stay; all of them if that many. */
uint32_t hak_budget_share(const struct hak_span *span, enum hak_total total);

/* Is there more than there is room for? What is on its way is there still. */
bool hak_budget_urgent(void);

/* Are there many that are all kept, so that a keeper should hear of pressure? */
bool hak_budget_worth_a_look(const struct hak_span *span);

/* The same of all spans: should a keeper that has nothing else to do stay for it? */
bool hak_budget_worth_waiting(void);

/*
 * Milliseconds until less may be kept of what was missed, and with it less of what
 * is warm; HAK_NEVER: nothing will fade.
 */
uint32_t hak_budget_fades(void);

/*
 * Learns what the process may have, once: by openat, read and close, so before there
 * is a filter. Programs that stay small need not pay for it.
 */
void hak_budget_learn(void);

/* In a fork child. */
void hak_budget_after_fork(void);

/* What the process may have, in bytes; UINT64_MAX: any. */
void hak_budget_limit(uint64_t bytes);
