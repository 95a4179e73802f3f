/* SPDX-License-Identifier: MIT */
/*
 * budget.h - how many empty superslabs stay resident, over all spans together.
 *
 * Three totals, each at most the total before. An excess over ROOM goes in the free
 * that makes the excess; over BOUND, as soon as the keeper is awake; over KEPT,
 * after the whole delay. If all spans together exceed a total, the spans with most
 * warm superslabs give.
 */
#pragma once

#include "heap/record.h"
#include "base/atomic.h"
#include "base/compiler.h"

enum hak_total {
	HAK_TOTAL_ROOM,	 /* a part of the cgroup's limit */
	HAK_TOTAL_BOUND, /* ROOM, limited by TARGET_MB */
	HAK_TOTAL_KEPT,	 /* BOUND, limited by KEEP_MB, KEEP_PERCENT and misses */
};

/* The total in superslabs; UINT32_MAX: any. Do all spans together have more? */
uint32_t hak_budget_total(enum hak_total total);
bool hak_budget_over(enum hak_total total);

/* How many warm superslabs of a span may stay; UINT32_MAX: all may. */
uint32_t hak_budget_share(const struct hak_span *span, enum hak_total total);

/* Is there more than ROOM? Superslabs on the way to the kernel count too. */
bool hak_budget_urgent(void);

/* Does the span keep so much that a keeper should hear of memory pressure? */
bool hak_budget_worth_a_look(const struct hak_span *span);

/* The same for all spans: should a keeper without other work stay for pressure? */
bool hak_budget_worth_waiting(void);

/*
 * Milliseconds until missed superslabs fade, so that fewer warm superslabs may
 * stay; HAK_NEVER: nothing will fade.
 */
uint32_t hak_budget_fades(void);

/*
 * Learn the process's limit, once, by openat, read and close, and so before a
 * filter comes. A program that stays small need not pay for the calls.
 */
void hak_budget_learn(void);

/* For a fork child. */
void hak_budget_after_fork(void);

/* Set the process's limit in bytes; UINT64_MAX: no limit. */
void hak_budget_limit(uint64_t bytes);
