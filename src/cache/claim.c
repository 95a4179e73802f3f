/* SPDX-License-Identifier: MIT */
/*
 * claim.c - who may work between a tcache's bins and its slabs: one at a time.
 *
 * Owns    a tcache's words `work` and `asked`.
 * Locks   claiming: as long as tcaches are claimed.
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
	/* The keeper drains a parked one, which it has claimed itself. */
	if (hak_lock_is_mine(&claiming))
		return;
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

void hak_claim_take(struct hak_tcache **tcaches, unsigned count)
{
	bool passed;
	unsigned i;

	hak_lock_take(&claiming);
	for (i = 0; i < count; i++)
		atomic_fetch_or_explicit(&tcaches[i]->asked, HAK_ASKED_TO_WAIT,
					 memory_order_relaxed);
	passed = barrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED) == 0;
	for (i = 0; i < count; i++) {
		/* pairs with hak_claim_leave() */
		if (passed && !(atomic_load_explicit(&tcaches[i]->work,
						     memory_order_acquire) &
				1))
			continue;
		hak_claim_drop(tcaches[i]);
		tcaches[i] = NULL;
	}
}

void hak_claim_drop(struct hak_tcache *tcache)
{
	/* pairs with hak_claim_enter() */
	atomic_fetch_and_explicit(&tcache->asked, ~(uint32_t)HAK_ASKED_TO_WAIT,
				  memory_order_release);
}

void hak_claim_end(void)
{
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
