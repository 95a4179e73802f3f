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
	unsigned room;	     /* number of ranges that fit into the array */
	uint32_t superslabs; /* number of superslabs in the batch, at most */
	enum hak_method method;
	bool guarded; /* arm the superslabs before giving them */
	/* the keeper's batch, and no seccomp filter has appeared so far */
	bool keepers;
	/* measure the time of each call, and stop if the keeper is dismissed */
	bool paced;
};

/* The method by which a thread of the program gives memory to the kernel. */
enum hak_method hak_purge_own_method(void);

/*
 * A batch for a thread of the program. The batch uses the span's own array of
 * ranges.
 */
struct hak_batch hak_purge_own(struct hak_span *span);

/* A batch for the keeper, with the system calls that `self` allows. */
struct hak_batch hak_purge_keepers(enum hak_self self);

/*
 * Decommit empty resident superslabs until `keep` are left, in three steps. First
 * gather under the lock: the thread becomes the span's trimmer, and makes the
 * superslabs of the first batch INFLIGHT. False if another thread is the trimmer.
 * Then give without the lock, batch after batch; returns the number of superslabs
 * that went. Then end under the lock: the span has no trimmer any more.
 */
bool hak_purge_gather_locked(struct hak_span *span, uint32_t keep,
			     struct hak_batch *batch) HAK_REQUIRES(span->lock);
uint32_t hak_purge_give(struct hak_span *span, uint32_t keep,
			struct hak_batch *batch);
void hak_purge_end_locked(struct hak_span *span) HAK_REQUIRES(span->lock);

/*
 * For the keeper: the number of superslabs in a batch. A call then takes about half
 * a millisecond.
 */
uint32_t hak_purge_pace(void);
