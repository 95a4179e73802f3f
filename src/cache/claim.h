/* SPDX-License-Identifier: MIT */
/*
 * claim.h - only one thread at a time works between a tcache's bins and slabs.
 *
 * Nearly always the tcache's own thread is at work, and the protocol costs the
 * thread a store and a load. The keeper tends the tcaches of idle threads. First
 * the keeper asks for these tcaches, and then makes all running threads pass a
 * barrier (membarrier). So either a thread sees the request, or the keeper sees
 * that the thread is at work, and skips the tcache. Until the keeper has taken a
 * tcache, the tcache's thread may refuse; afterwards the thread has to wait.
 */
#pragma once

#include "cache/tcache.h"
#include "base/atomic.h"

enum {
	HAK_ASKED_TO_WAIT = 1, /* the keeper wants the tcache */
	HAK_ASKED_TO_FLUSH =
		2, /* flush the bins at the thread's next slow call */
	HAK_ASKED_TO_WAKE = 4, /* the thread sleeps until the drop */
	HAK_ASKED_TAKEN = 8,   /* the keeper works in the tcache */
};

/* Refuse the claim, or wait until the keeper drops the tcache. */
HAK_COLD void hak_claim_wait(struct hak_tcache *tcache);

static inline bool hak_claim_at_work(const struct hak_tcache *tcache)
{
	return hak_read_once(&tcache->work) & 1;
}

/*
 * The caller begins to work between bins and slabs. The caller is the tcache's
 * thread, or the thread that has taken a parked tcache. If a signal handler
 * interrupted other work in the tcache, hak_claim_leave() leaves the tcache at
 * work. The handler also reads `asked`, because the interrupted code may not have
 * read the word yet. Returns the argument for hak_claim_leave().
 */
HAK_INLINE uint32_t hak_claim_enter(struct hak_tcache *tcache)
{
	uint32_t work = hak_read_once(&tcache->work);

	hak_write_once(&tcache->work, work | 1);
	/* pairs with the barrier of hak_claim_pass() */
	atomic_signal_fence(memory_order_seq_cst);
	/* pairs with hak_claim_drop(): the keeper's changes are visible */
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
 * Keeper: ask the kernel for the right to make other threads pass a barrier
 * (Linux 4.14). Before this call, and if the kernel refuses, no tcache can be
 * claimed.
 */
void hak_claim_open(void);

/*
 * For the keeper. First ask for each idle tcache. Then make all threads pass a
 * barrier, once for all tcaches; hak_claim_pass() returns false if the kernel
 * refuses. Then take and drop in turn each tcache still asked for. hak_claim_take()
 * fails if the thread is at work or has refused, or if not all threads have
 * `passed`. After a failure the tcache is not asked for any more.
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
