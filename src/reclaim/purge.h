/* SPDX-License-Identifier: MIT */
/*
 * purge.h - empty superslabs go to the kernel, a batch at a time.
 */
#pragma once

#include "heap/record.h"
#include "os/give.h"
#include "os/self.h"

/* A batch: the ranges for one call or one submission. */
struct hak_batch {
	struct hak_ranges ranges;
	unsigned room;	     /* for ranges */
	uint32_t superslabs; /* at most */
	enum hak_method method;
	bool guarded; /* arm before giving */
	bool keepers; /* the keeper's, without a filter so far */
	bool paced;   /* the keeper measures, and may be dismissed */
};

/* A batch for a thread of the program, with the span's own ranges. */
struct hak_batch hak_purge_own(struct hak_span *span);

/* A batch for the keeper, with the calls that `self` allows. */
struct hak_batch hak_purge_keepers(enum hak_self self);

/*
 * Decommit warm superslabs beyond `keep`, in three steps. Gather under the lock: the
 * thread becomes the span's trimmer, and takes the first batch out of the reach of all
 * threads. False: the span has a trimmer. Give without the lock, batch after batch;
 * returns how many superslabs went. End under the lock: the span has no trimmer.
 */
bool hak_purge_gather_locked(struct hak_span *span, uint32_t keep,
			     struct hak_batch *batch) HAK_REQUIRES(span->lock);
uint32_t hak_purge_give(struct hak_span *span, uint32_t keep,
			struct hak_batch *batch);
void hak_purge_end_locked(struct hak_span *span) HAK_REQUIRES(span->lock);

/*
 * For the keeper: superslabs in a batch, so that a call takes about a millisecond.
 */
uint32_t hak_purge_pace(void);
