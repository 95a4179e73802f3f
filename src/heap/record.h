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
	HAK_SLICES = 8, /* parts of the delay before memory goes to the kernel */
	HAK_OWN_RANGES = 12, /* ranges that a thread of the program gives in a call */
	HAK_UNSEEN = 16, /* entries of the ring `unseen` */
};

/* In the order of lending: superslabs that stay resident in any case come first. */
enum hak_run_kind {
	HAK_RUN_POOL, /* EMPTY, with pages of the kernel's pool of huge pages */
	/* EMPTY, and the kernel refused to take the pages: see refused.h */
	HAK_RUN_HELD,
	HAK_RUN_WARM, /* EMPTY, and the pages may go to the kernel */
	HAK_RUN_NONRESIDENT, /* FRESH, DECOMMITTED or LAZY */
	HAK_RUN_KINDS
};

struct hak_runs {
	uint64_t
		used; /* bit n: bin n has runs, and is initialised */
	struct hak_list bin[HAK_RUN_BINS];
};

/*
 * A row of lent superslabs; hakmem has not yet checked on which node the pages lie.
 */
struct hak_unseen {
	uint32_t first;
	uint32_t count;
};

struct hak_span {
	/* Constant after birth */
	struct hak_lock lock HAK_ALIGNED(4096);
	char *base;
	uint32_t limit; /* length, in superslabs */
	/* index of the span, and of its node; the last span has no node */
	unsigned node;
	struct hak_superslab *superslab;
	struct hak_slab *slab;
	/* Guarded by the lock META */
	struct hak_region arena;
	size_t arena_used;
	/* Guarded by `lock` */
	struct hak_region superslab_region;
	struct hak_region slab_region;
	size_t map_bytes; /* bytes of the slab map that are writable */
	char *seed; /* page from which steps grow, or NULL: see seed.h */
	uint32_t mapped; /* number of superslabs mapped, from the start on */
	bool edge_low;	  /* pages are mapped before the span: see step.h */
	bool edge_high; /* pages are mapped behind `mapped` superslabs */
	uint32_t gone; /* number of superslabs decommitted recently: see warm.h */
	/* number of superslabs that the kernel refused to take: see refused.h */
	uint32_t held;
	uint32_t refusals; /* number of retries so far to give these superslabs */
	uint32_t refused_at; /* time of the last refusal, by hak_clock_ms() */
	uint32_t least[HAK_SLICES]; /* lowest `warm` in each slice of the delay */
	uint32_t slice;		    /* index of the current slice */
	uint32_t turned;	    /* start of this slice, by hak_clock_ms() */
	/* index where the last search for misplaced superslabs ended */
	uint32_t cursor;
	/* ring of rows lent lately, not checked yet */
	struct hak_unseen unseen[HAK_UNSEEN];
	uint32_t unseen_first;		      /* oldest entry */
	uint32_t unseen_count; /* number of entries in use */
	uintptr_t trimmer; /* thread pointer of the decommitting thread, or 0 */
	struct hak_runs runs[HAK_RUN_KINDS];
	/*
	 * The ranges of the thread that decommits, and the results. They are here
	 * because the thread's stack may be small.
	 */
	struct iovec range[HAK_OWN_RANGES];
	int err[HAK_OWN_RANGES];
	/* Changed under `lock`, also read without the lock */
	_Atomic uint32_t lent; /* number of LIVE superslabs */
	/* number of EMPTY superslabs whose pages may go to the kernel */
	_Atomic uint32_t warm;
	_Atomic uint32_t inflight; /* number of INFLIGHT superslabs */
	/* number of superslabs lent again soon after decommit: see warm.h */
	_Atomic uint32_t missed;
	/* time of the last change of `missed`, in periods of 10 s */
	_Atomic uint32_t period;
	/* Changed by any thread, atomically */
	struct hak_stats stats HAK_ALIGNED(HAK_CACHE_LINE);
	/* number of superslabs with pages on another node */
	_Atomic uint32_t misplaced;
	/* second of the last attempt to move these superslabs */
	_Atomic uint32_t tried;
	_Atomic uint32_t returns; /* number of times superslabs came back */
	/* value of `returns` when the span was last settled */
	_Atomic uint32_t settled;
	/*
	 * A lending failed, but decommitting the empty resident superslabs would
	 * make a row that is long enough.
	 */
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
 * Add to one of the span's counts that change under the lock. To subtract, add the
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

/* Leave a note that the span has to be settled, as after a return of superslabs. */
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
