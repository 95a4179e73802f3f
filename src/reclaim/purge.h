/* SPDX-License-Identifier: MIT */
/*
 * purge.h - empty superslabs go to the kernel, a batch at a time.
 */
#pragma once

#include "heap/span.h"
#include "os/give.h"

/* Ranges on their way: what one call or submission takes. */
struct hak_batch {
	struct hak_ranges ranges;
	unsigned room;	     /* for ranges */
	uint32_t superslabs; /* at most */
	enum hak_rung rung;
	bool guarded; /* they are armed first */
	bool keepers; /* who may not call what a filter forbids */
	bool paced;   /* the keeper's: it may be asked to end */
};

/* A batch of a thread of the application, which uses the span's own ranges. */
struct hak_batch hak_purge_own(struct hak_span *span);

/* The keeper's; `filtered`: a seccomp filter is in force. */
struct hak_batch hak_purge_keepers(bool filtered);

/*
 * Warm superslabs beyond `keep` go to the kernel now; drops the span's lock while the
 * kernel is at work. Nobody else may be the trimmer. Returns how many went.
 */
uint32_t hak_purge_locked(struct hak_span *span, uint32_t keep,
			  struct hak_batch *batch);

/*
 * The keeper's: how many superslabs it gives at once, for a call to take about a
 * millisecond.
 */
uint32_t hak_purge_pace(void);
