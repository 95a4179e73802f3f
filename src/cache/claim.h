/* SPDX-License-Identifier: MIT */
/*
 * claim.h - only one thread at a time works between a tcache's bins and slabs.
 *
 * This work draws blocks from slabs and puts blocks into slabs, and gathers and
 * delivers remote frees. Nearly always the tcache's own thread does the work, and
 * the protocol costs the thread a store and a load. The keeper tends the tcaches of
 * idle threads. First the keeper sets a bit in `asked` of each of these tcaches,
 * and then makes all running threads pass a memory barrier (membarrier). So either
 * a thread sees the bit, or the keeper sees in `work` that the thread is at work,
 * and skips the tcache. A thread refuses by clearing the bit. If the keeper has
 * already set HAK_ASKED_TAKEN, the thread has to wait.
 */
#pragma once

#include "cache/tcache.h"
#include "base/atomic.h"

enum {
	HAK_ASKED_TO_WAIT = 1, /* the keeper wants to claim the tcache */
	/* the thread flushes the bins at the next slow call of malloc or free */
	HAK_ASKED_TO_FLUSH = 2,
	HAK_ASKED_TO_WAKE = 4, /* the thread sleeps until hak_claim_drop() */
	HAK_ASKED_TAKEN = 8,   /* the keeper has claimed the tcache */
};

/* Refuse the keeper's claim; if the keeper has the tcache, wait until it drops it. */
HAK_COLD void hak_claim_wait(struct hak_tcache *tcache);

static inline bool hak_claim_at_work(const struct hak_tcache *tcache)
{
	return hak_read_once(&tcache->work) & 1;
}

/*
 * The caller begins to work between bins and slabs. The caller is the tcache's
 * thread, or the thread that has taken a parked tcache. Returns the argument for
 * hak_claim_leave(). The result is odd in a signal handler that has interrupted
 * such work; then hak_claim_leave() changes nothing, because the interrupted code
 * is still at work. The handler also reads `asked`, because the interrupted code
 * may not have read `asked` yet.
 */
HAK_INLINE uint32_t hak_claim_enter(struct hak_tcache *tcache)
{
	uint32_t work = hak_read_once(&tcache->work);

	hak_write_once(&tcache->work, work | 1);
	/* pairs with the barrier of hak_claim_pass() */
	atomic_signal_fence(memory_order_seq_cst);
	/* pairs with hak_claim_drop(): the keeper's changes are visible here */
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

/* Call once, before any tcache exists. */
void hak_claim_init(void);

/*
 * For the keeper: ask the kernel for the right to make other threads pass a memory
 * barrier (Linux 4.14). Before this call, and if the kernel refuses, the keeper can
 * claim no tcache.
 */
void hak_claim_open(void);

/*
 * For the keeper. First call hak_claim_ask() for each idle tcache. Then call
 * hak_claim_pass() once: all threads pass a memory barrier, or the function returns
 * false because the kernel refuses. `passed` is this result. Then take and drop in turn
 * each tcache for which hak_claim_asked() is true. hak_claim_take() fails if the thread
 * is at work or has refused, or if `passed` is false. After a failure
 * hak_claim_asked() is false.
 */
void hak_claim_ask(struct hak_tcache *tcache);
bool hak_claim_pass(void);
bool hak_claim_asked(const struct hak_tcache *tcache);
bool hak_claim_take(struct hak_tcache *tcache, bool passed);
void hak_claim_drop(struct hak_tcache *tcache);

/*
 * hak_claim_ask_to_flush() asks the tcache's thread to flush the bins; any thread
 * may ask. hak_claim_asked_to_flush() is for the tcache's thread: true once for
 * each request.
 */
void hak_claim_ask_to_flush(struct hak_tcache *tcache);
bool hak_claim_asked_to_flush(struct hak_tcache *tcache);
