/* SPDX-License-Identifier: MIT */
/*
 * budget.h - how many empty superslabs stay resident, over all spans together.
 *
 * There are three totals, each at most as large as the total before. An excess
 * over ROOM goes to the kernel in the free that makes the excess; an excess
 * over BOUND, as soon as the keeper is awake; an excess over KEPT, after the
 * whole delay. If all spans together exceed a total, the spans with most warm
 * superslabs give some back.
 */
#pragma once

#include "heap/record.h"
#include "base/atomic.h"
#include "base/compiler.h"

enum hak_total {
	HAK_TOTAL_ROOM,	 /* a part of the cgroup's limit */
	HAK_TOTAL_BOUND, /* ROOM, limited by TARGET_MB */
	HAK_TOTAL_KEPT, /* BOUND, limited by KEEP_MB, KEEP_PERCENT and misses */
};

/*
 * hak_budget_total() returns the total in superslabs; UINT32_MAX: no limit.
 * hak_budget_over(): do all spans together have more?
 */
uint32_t hak_budget_total(enum hak_total total);
bool hak_budget_over(enum hak_total total);

/* How many more superslabs may be warm; UINT32_MAX: any number. */
uint32_t hak_budget_left(enum hak_total total);

/* The number of warm superslabs that may stay in a span; UINT32_MAX: all. */
uint32_t hak_budget_share(const struct hak_span *span, enum hak_total total);

/*
 * Do all spans together have more than ROOM? Superslabs on the way to the kernel
 * count too, because these superslabs are still resident.
 */
bool hak_budget_urgent(void);

/* Does the span keep so much that a keeper should wait for memory pressure? */
bool hak_budget_worth_a_look(const struct hak_span *span);

/*
 * Do all spans together keep so much that a keeper without other work should
 * stay and wait for memory pressure?
 */
bool hak_budget_worth_waiting(void);

/*
 * Milliseconds until hakmem forgets a recorded miss, so that fewer warm superslabs
 * may stay; HAK_NEVER if no miss is recorded.
 */
uint32_t hak_budget_fades(void);

/*
 * Read the limit of the process's cgroup, once, by openat, read and close. Call
 * hak_budget_learn() before a filter can forbid these calls. A program that stays
 * small need not pay for the calls.
 */
void hak_budget_learn(void);

/* For a fork child. */
void hak_budget_after_fork(void);

/* Set the process's limit in bytes; UINT64_MAX: no limit. */
void hak_budget_limit(uint64_t bytes);
