/* SPDX-License-Identifier: MIT */
/*
 * budget.h - how many empty superslabs stay resident, over all spans together.
 *
 * A warm superslab is empty and resident, and the kernel may have its pages. Three
 * totals limit the number of warm superslabs; each is at most as large as the total
 * before. Superslabs over ROOM go to the kernel in the free that exceeds ROOM;
 * superslabs over BOUND, as soon as the keeper is awake; superslabs over KEPT, after
 * the whole delay. If all spans together exceed a total, the spans with most warm
 * superslabs give some back.
 */
#pragma once

#include "heap/record.h"
#include "base/atomic.h"
#include "base/compiler.h"

enum hak_total {
	HAK_TOTAL_ROOM,	 /* what the limit of the cgroup leaves */
	HAK_TOTAL_BOUND, /* ROOM, limited by the option TARGET_MB */
	/*
	 * BOUND, limited by KEEP_MB and KEEP_PERCENT, and by what the program soon
	 * needed again
	 */
	HAK_TOTAL_KEPT,
};

/*
 * hak_budget_total() returns the total in superslabs; UINT32_MAX: no limit.
 * hak_budget_over(): do all spans together have more empty resident superslabs?
 */
uint32_t hak_budget_total(enum hak_total total);
bool hak_budget_over(enum hak_total total);

/* How many more empty superslabs may stay resident; UINT32_MAX: any number. */
uint32_t hak_budget_left(enum hak_total total);

/*
 * The number of empty superslabs that may stay resident in a span; UINT32_MAX: all.
 */
uint32_t hak_budget_share(const struct hak_span *span, enum hak_total total);

/*
 * Do all spans together have more empty resident superslabs than ROOM? Superslabs
 * on the way to the kernel count too, because these superslabs are still resident.
 */
bool hak_budget_urgent(void);

/*
 * Does the span keep so many empty superslabs resident that the process should have
 * a keeper, to wait for memory pressure?
 */
bool hak_budget_worth_a_look(const struct hak_span *span);

/*
 * Do all spans together keep so many empty superslabs resident that a keeper
 * without other work should stay, to wait for memory pressure?
 */
bool hak_budget_worth_waiting(void);

/*
 * hakmem counts decommitted superslabs that the program soon needed again, and for
 * a while keeps more superslabs resident. Returns the milliseconds until this
 * number may shrink, so that superslabs have to go; HAK_NEVER if none would have to
 * go.
 */
uint32_t hak_budget_fades(void);

/*
 * Read the limit of the process's cgroup, once, by openat, read and close. Call
 * hak_budget_learn() before a filter can forbid these calls. A program that stays
 * small need not pay for the calls.
 */
void hak_budget_learn(void);

/*
 * For a fork child: if a missing thread was reading the limit, read the limit again
 * later.
 */
void hak_budget_after_fork(void);

/* Set the process's limit in bytes; UINT64_MAX: no limit. */
void hak_budget_limit(uint64_t bytes);
