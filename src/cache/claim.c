/* SPDX-License-Identifier: MIT */
/*
 * claim.c - who may work between a tcache's bins and its slabs: one at a time.
 *
 * Owns    a tcache's words `work` and `asked`.
 * Locks   claiming: as long as a tcache is claimed, of which there is one.
 * Calls   membarrier(2).
 * Called by  tcache.c, remote.c, thread.c, front/keeper.c.
 */
#include "claim.h"

#include "arch.h"
#include "lock.h"

#include <linux/membarrier.h>
#include <sys/syscall.h>

static struct hak_lock claiming;

void hak_claim_init(void)
{
	hak_lock_init(&claiming, HAK_LOCK_CLAIM);
}

void hak_claim_wait(struct hak_tcache *tcache, uint32_t work)
{
	/* pairs with hak_claim_drop() */
	while (atomic_load_explicit(&tcache->asked, memory_order_acquire) &
	       HAK_ASKED_TO_WAIT) {
		/* Who waits is not at work. */
		atomic_store_explicit(&tcache->work, work,
				      memory_order_relaxed);
		hak_lock_take(&claiming);
		hak_lock_drop(&claiming);
		atomic_store_explicit(&tcache->work, work + 1,
				      memory_order_relaxed);
		/* pairs with the barrier of hak_claim_take() */
		atomic_signal_fence(memory_order_seq_cst);
	}
}

static long barrier(int command)
{
	return arch_syscall(SYS_membarrier, command, 0, 0, 0, 0, 0);
}

void hak_claim_open(void)
{
	barrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED);
}

bool hak_claim_take(struct hak_tcache *tcache)
{
	hak_lock_take(&claiming);
	atomic_fetch_or_explicit(&tcache->asked, HAK_ASKED_TO_WAIT,
				 memory_order_relaxed);
	if (barrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED) == 0 &&
	    /* pairs with hak_claim_leave() */
	    !(atomic_load_explicit(&tcache->work, memory_order_acquire) & 1))
		return true;
	hak_claim_drop(tcache);
	return false;
}

void hak_claim_drop(struct hak_tcache *tcache)
{
	/* pairs with hak_claim_enter() */
	atomic_fetch_and_explicit(&tcache->asked, ~(uint32_t)HAK_ASKED_TO_WAIT,
				  memory_order_release);
	hak_lock_drop(&claiming);
}

void hak_claim_ask_to_flush(struct hak_tcache *tcache)
{
	atomic_fetch_or_explicit(&tcache->asked, HAK_ASKED_TO_FLUSH,
				 memory_order_relaxed);
}

bool hak_claim_asked_to_flush(struct hak_tcache *tcache)
{
	return atomic_fetch_and_explicit(&tcache->asked,
					 ~(uint32_t)HAK_ASKED_TO_FLUSH,
					 memory_order_relaxed) &
	       HAK_ASKED_TO_FLUSH;
}
