/* SPDX-License-Identifier: MIT */
/*
 * stats.h - counters readable from outside the process.
 *
 * The page (page.h) at the exported symbol hakmem_stats_page has the address of each
 * span's counters. Another process copies the counters with process_vm_readv(2). Counters
 * are relaxed atomics and only grow, so a reader never sees a half-written counter. A
 * reader of the difference `out` minus `in` loads `in` first. So the difference is rarely
 * negative, although other threads count meanwhile.
 */
#pragma once

#include "base/atomic.h"
#include "base/compiler.h"

#include <stdint.h>

enum hak_stat {
#define HAK_STAT(id, name, unit, doc) HAK_STAT_##id,
#include "base/stats.def"
#undef HAK_STAT
	HAK_STATS
};

/* State of a guard or an observation. */
enum hak_mode {
#define HAK_MODE(id, works, words) HAK_MODE_##id,
#include "base/modes.def"
#undef HAK_MODE
	HAK_MODES
};

enum { HAK_STATS_VERSION = 2, HAK_SPANS_MAX = 1025 };

struct hak_stats {
	_Atomic uint64_t counter[HAK_STATS];
};

enum { HAK_NOT_SEEN = UINT8_MAX, HAK_NO_WRITER = UINT16_MAX };

static inline void hak_stat_add(struct hak_stats *stats, enum hak_stat stat,
				uint64_t n)
{
	hak_add_relaxed(&stats->counter[stat], n);
}

static inline uint64_t hak_stat_get(const struct hak_stats *stats,
				    enum hak_stat stat)
{
	return hak_read_once(&stats->counter[stat]);
}

/* The sum of a counter over all spans. */
uint64_t hak_stat_sum(enum hak_stat stat);

/* The sum of `out` minus the sum of `in` over all spans, never below 0. */
uint64_t hak_stat_difference(enum hak_stat out, enum hak_stat in);
