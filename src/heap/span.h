/* SPDX-License-Identifier: MIT */
/*
 * span.h - one node's addresses: claimed in steps, lent in superslabs.
 *
 * Free superslabs lie in runs. Runs of EMPTY ones are warm, but for those that
 * are not to be given to the kernel or that it would not take; FRESH, COLD and LAZY
 * ones are cold, of which the last do not read as zero. Neighbours of one kind are
 * one run, and the records of its first and last superslab say how long it is.
 */
#pragma once

#include "heap/region.h"
#include "heap/superslab.h"
#include "base/atomic.h"
#include "base/list.h"
#include "base/lock.h"
#include "base/stats.h"

#include <sys/uio.h>

enum {
	HAK_RUN_BINS = 64,
	HAK_NO_RUN = UINT32_MAX,
	HAK_SLICES = 8,
	HAK_OWN_RANGES = 12, /* that a thread of the application gathers */
	HAK_UNSEEN = 4,
};

/* As they are lent: what is resident whatever happens comes first. */
enum hak_run_kind {
	HAK_RUN_POOL, /* of the kernel's pool of huge pages */
	HAK_RUN_HELD, /* see refused.h */
	HAK_RUN_WARM,
	HAK_RUN_COLD,
	HAK_RUN_KINDS
};

struct hak_runs {
	uint64_t
		used; /* bins with something in them: others are not made yet */
	struct hak_list bin[HAK_RUN_BINS];
};

/* Superslabs that were lent, and whose pages may lie on another node. */
struct hak_unseen {
	uint32_t first;
	uint32_t count;
};

struct hak_span {
	/* Constant after birth */
	struct hak_lock lock HAK_ALIGNED(4096);
	char *base;
	uint32_t limit; /* superslabs that fit */
	unsigned node;	/* its index; the last span's is none of a node */
	struct hak_superslab *superslab;
	struct hak_slab *slab;
	/* META lock */
	struct hak_region arena;
	size_t arena_used;
	/* lock */
	struct hak_region superslab_region;
	struct hak_region slab_region;
	size_t map_bytes; /* of the slab map, writable */
	char *seed; /* a page that steps grow from, or NULL: see step.h */
	uint32_t claimed; /* superslabs */
	bool edge_low;	  /* pages beside it that no block has: step.h */
	bool edge_high;
	uint32_t gone;		    /* let go of late: see budget.h */
	uint32_t held; /* see refused.h: superslabs, how often tried, when */
	uint32_t refusals;
	uint32_t refused_at;
	uint32_t least[HAK_SLICES]; /* warm in each slice of the delay */
	uint32_t slice;		    /* the one that is now */
	uint32_t turned;	    /* when it began, by hak_clock_ms() */
	uint32_t cursor; /* where spilled superslabs were last looked for */
	struct hak_unseen unseen[HAK_UNSEEN]; /* a ring of what was lent last */
	uint32_t unseen_first;		      /* the oldest */
	uint32_t unseen_count;
	uintptr_t trimmer; /* thread pointer; 0: nobody gives any back */
	struct hak_runs runs[HAK_RUN_KINDS];
	/* The trimmer's, if it is not the keeper: too much for a small stack */
	struct iovec range[HAK_OWN_RANGES];
	int err[HAK_OWN_RANGES];
	/* changed under the lock, read by others without: see budget.h */
	_Atomic uint32_t lent;
	_Atomic uint32_t warm;
	_Atomic uint32_t inflight;
	_Atomic uint32_t missed; /* of what went, wanted since */
	_Atomic uint32_t period; /* until when that was counted */
	/* atomic */
	struct hak_stats stats HAK_ALIGNED(HAK_CACHE_LINE);
	_Atomic uint32_t spilled; /* superslabs that lie elsewhere */
	_Atomic uint32_t tried;	  /* the second in which one was moved home */
	_Atomic uint32_t returns; /* how often superslabs came back */
	_Atomic uint32_t settled; /* so many of these were settled */
	_Atomic bool joinable; /* a row would do, were what is warm cold */
};

/* A stretch of superslabs as span functions hand it out. */
struct hak_run {
	struct hak_span *span;
	uint32_t first;
	uint32_t count;
	bool zero; /* reads as zero throughout */
};

/* `base`, `limit` and `node` are set; the rest is made of zeroes. */
void hak_span_init(struct hak_span *span, char *records, size_t record_bytes);

/*
 * Takes `count` superslabs in a row at a multiple of `align` superslabs (a
 * power of two); they become LIVE. False when there is no room; the span is
 * `joinable` then if there would be, were its warm superslabs decommitted.
 */
bool hak_span_lend(struct hak_span *span, uint32_t count, uint32_t align,
		   struct hak_run *ret_run);

/* Takes those right behind `run` too, if they are free: all or nothing. */
bool hak_span_extend(struct hak_run *run, uint32_t more);

/*
 * In a child whose parent's thread was changing the span's records at the fork:
 * makes them anew, but for which superslabs are LIVE, from the states. What was on
 * its way to the kernel is EMPTY then. On the child's only thread.
 */
void hak_span_rebuild(struct hak_span *span);

/*
 * Gives back LIVE superslabs, and notes that the span is to be settled. Calls nothing
 * of the kernel, so that locks may be held.
 */
void hak_span_return(const struct hak_run *run);

/*
 * Gives back superslabs whose pages have moved away, or whose mapping is not as
 * it was, and maps them anew: they read as zero at once.
 */
void hak_span_return_moved(const struct hak_run *run);

/* May the kernel have put what was lent on another node, and may it be moved home? */
bool hak_span_may_stray(const struct hak_span *span);

/* A superslab of those lies elsewhere, or does no more. */
void hak_span_set_spilled(struct hak_span *span, uint32_t superslab,
			  bool spilled);

/*
 * These were lent, or changed. They are touched by the time the next ones are, and
 * then they are to be looked at: takes the oldest, if it is time; false: it is not.
 */
void hak_span_add_unseen(const struct hak_run *run);
bool hak_span_take_unseen(struct hak_span *span,
			  struct hak_unseen *ret_unseen);

/* To a count that changes under the lock; less is more of the opposite. */
static inline void hak_span_count_locked(_Atomic uint32_t *count, uint32_t more)
{
	uint32_t before = hak_read_once(count);

	hak_write_once(count, before + more);
}

static inline char *hak_span_address(const struct hak_span *span,
				     uint32_t superslab)
{
	return span->base + ((size_t)superslab << HAK_SUPERSLAB_SHIFT);
}

static inline void hak_span_set_states(struct hak_span *span, uint32_t first,
				       uint32_t count,
				       enum hak_superslab_state state)
{
	uint32_t i;

	for (i = first; i < first + count; i++)
		hak_superslab_set(&span->superslab[i], state);
}
