/* SPDX-License-Identifier: MIT */
/*
 * claim.h - who may work between a tcache's bins and its slabs: one at a time.
 *
 * That is its thread, nearly always, and it pays for it with a store and a load.
 * The keeper, which looks after tcaches of idle threads, asks for all of them first
 * and then makes all running threads pass a barrier (membarrier): either the thread
 * sees that it was asked, or the keeper sees the thread at work, and goes on. Until
 * the keeper takes one, its thread may say no; then it waits.
 */
#pragma once

#include "cache/tcache.h"
#include "base/atomic.h"

enum {
	HAK_ASKED_TO_WAIT =
		1, /* while it is taken; until then, it may say no */
	HAK_ASKED_TO_FLUSH = 2, /* its bins, at its next slow call */
	HAK_ASKED_TO_WAKE = 4,	/* somebody sleeps until it is dropped */
	HAK_ASKED_TAKEN = 8,	/* the keeper is at work in it */
};

/* Says no, or waits until the keeper is done with it. */
HAK_COLD void hak_claim_wait(struct hak_tcache *tcache);

static inline bool hak_claim_at_work(const struct hak_tcache *tcache)
{
	return hak_read_once(&tcache->work) & 1;
}

/*
 * Its thread, or who has taken it off the parked, is at work from now on. In a
 * signal handler that interrupted such work that goes on being true; but that may
 * not have looked yet whether it must wait. Returns what hak_claim_leave() wants.
 */
HAK_INLINE uint32_t hak_claim_enter(struct hak_tcache *tcache)
{
	uint32_t work = hak_read_once(&tcache->work);

	hak_write_once(&tcache->work, work | 1);
	/* pairs with the barrier of hak_claim_pass() */
	atomic_signal_fence(memory_order_seq_cst);
	/* pairs with hak_claim_drop(): what the keeper did is there */
	if (hak_unlikely(hak_load_acquire(&tcache->asked) & HAK_ASKED_TO_WAIT))
		hak_claim_wait(tcache);
	return work;
}

HAK_INLINE void hak_claim_leave(struct hak_tcache *tcache, uint32_t work)
{
	if (hak_likely(!(work & 1)))
		/* pairs with hak_claim_take() */
		hak_store_release(&tcache->work, work + 2);
}

/* Once, before there are tcaches. */
void hak_claim_init(void);

/*
 * The keeper's: to be allowed to make the others pass a barrier (Linux 4.14).
 * Until then, and where that is refused, nothing can be claimed.
 */
void hak_claim_open(void);

/*
 * The keeper's, with one barrier for all of them: asks for each; has all threads
 * pass, which is false if the kernel is of no help; and then takes and drops each
 * that is asked for, one at a time. Not taken, its thread is at work, or was, or
 * not all have `passed`: it is asked for no more.
 */
void hak_claim_ask(struct hak_tcache *tcache);
bool hak_claim_pass(void);
bool hak_claim_asked(const struct hak_tcache *tcache);
bool hak_claim_take(struct hak_tcache *tcache, bool passed);
void hak_claim_drop(struct hak_tcache *tcache);

/* Any thread: its bins are to be flushed. Its own: are they? Once. */
void hak_claim_ask_to_flush(struct hak_tcache *tcache);
bool hak_claim_asked_to_flush(struct hak_tcache *tcache);
