/* SPDX-License-Identifier: MIT */
/*
 * record.h - the record of a span, and the arithmetic on the record.
 *
 * Free superslabs lie in runs. An EMPTY superslab is warm: its pages are resident,
 * and may go to the kernel. The exceptions are pages from the kernel's pool, never
 * given back, and pages that the kernel refused to take. FRESH, DECOMMITTED and
 * LAZY superslabs are nonresident; of these only LAZY superslabs do not read as
 * zero. Neighbours of the same kind form one run. The records of the run's first
 * and last superslab have the run's length.
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
	HAK_OWN_RANGES = 12, /* ranges that a program's thread gathers */
	HAK_UNSEEN = 16,
};

/* In the order of lending: superslabs that stay resident in any case come first. */
enum hak_run_kind {
	HAK_RUN_POOL, /* of the kernel's pool of huge pages */
	HAK_RUN_HELD, /* see refused.h */
	HAK_RUN_WARM,
	HAK_RUN_NONRESIDENT,
	HAK_RUN_KINDS
};

struct hak_runs {
	uint64_t
		used; /* bits of non-empty bins; empty bins are not initialised */
	struct hak_list bin[HAK_RUN_BINS];
};

/* Lent superslabs whose pages may lie on another node; not checked yet. */
struct hak_unseen {
	uint32_t first;
	uint32_t count;
};

struct hak_span {
	/* Constant after birth */
	struct hak_lock lock HAK_ALIGNED(4096);
	char *base;
	uint32_t limit; /* in superslabs */
	unsigned node;	/* the span's index; the last span's index is no node's */
	struct hak_superslab *superslab;
	struct hak_slab *slab;
	/* META lock */
	struct hak_region arena;
	size_t arena_used;
	/* lock */
	struct hak_region superslab_region;
	struct hak_region slab_region;
	size_t map_bytes; /* bytes of the slab map that are writable */
	char *seed; /* page from which steps grow, or NULL: see seed.h */
	uint32_t mapped; /* superslabs */
	bool edge_low;	  /* a page without blocks lies beside: step.h */
	bool edge_high;
	uint32_t gone;		    /* superslabs given back recently: see warm.h */
	uint32_t held; /* superslabs, retries, and time: see refused.h */
	uint32_t refusals;
	uint32_t refused_at;
	uint32_t least[HAK_SLICES]; /* lowest `warm` in each slice of the delay */
	uint32_t slice;		    /* the current slice */
	uint32_t turned;	    /* its start, by hak_clock_ms() */
	uint32_t cursor; /* end of the last search for misplaced superslabs */
	struct hak_unseen unseen[HAK_UNSEEN]; /* ring of the last lent rows */
	uint32_t unseen_first;		      /* oldest entry */
	uint32_t unseen_count;
	uintptr_t trimmer; /* thread pointer of the decommitting thread, or 0 */
	struct hak_runs runs[HAK_RUN_KINDS];
	/* Ranges of a decommitting thread, whose stack may be small */
	struct iovec range[HAK_OWN_RANGES];
	int err[HAK_OWN_RANGES];
	/* changed under the lock, also read without: see warm.h */
	_Atomic uint32_t lent;
	_Atomic uint32_t warm;
	_Atomic uint32_t inflight;
	_Atomic uint32_t missed; /* superslabs given back and needed again soon */
	_Atomic uint32_t period; /* period of the last update of `missed` */
	/* atomic */
	struct hak_stats stats HAK_ALIGNED(HAK_CACHE_LINE);
	_Atomic uint32_t misplaced; /* superslabs with pages on another node */
	_Atomic uint32_t tried;	  /* second of the last attempt to move superslabs */
	_Atomic uint32_t returns; /* number of times superslabs came back */
	_Atomic uint32_t settled; /* number of these returns already settled */
	/* Decommitting the warm superslabs would make a row long enough. */
	_Atomic bool joinable;
};

/* A row of superslabs, as argument or result of the functions here. */
struct hak_run {
	struct hak_span *span;
	uint32_t first;
	uint32_t count;
	bool zero; /* the whole run reads as zero */
};

/*
 * Add to a count of the span that changes under the lock. To subtract, add the
 * negative number.
 */
static inline void hak_span_count_locked(struct hak_span *span,
					 _Atomic uint32_t *count, uint32_t more)
	HAK_REQUIRES(span->lock)
{
	uint32_t before = hak_read_once(count);

	hak_lock_assert(&span->lock);
	hak_write_once(count, before + more);
}

/* Note that the span has to be settled, as after a return of superslabs. */
static inline void hak_span_note_again(struct hak_span *span)
{
	hak_write_once(&span->settled, hak_read_once(&span->returns) - 1);
}

static inline char *hak_span_address(const struct hak_span *span,
				     uint32_t superslab)
{
	return span->base + ((size_t)superslab << HAK_SUPERSLAB_SHIFT);
}

static inline char *hak_span_unit(const struct hak_span *span,
				  size_t superslab, unsigned unit)
{
	return span->base + (superslab << HAK_SUPERSLAB_SHIFT) +
	       ((size_t)unit << HAK_UNIT_SHIFT);
}

static inline void hak_span_set_states(struct hak_span *span, uint32_t first,
				       uint32_t count,
				       enum hak_superslab_state state)
{
	uint32_t i;

	for (i = first; i < first + count; i++)
		hak_superslab_set(&span->superslab[i], state);
}
