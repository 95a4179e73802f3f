/* SPDX-License-Identifier: MIT */
/*
 * claim.c - who may work between a tcache's bins and its slabs: one at a time.
 *
 * Owns    a tcache's words `work` and `asked`.
 * Locks   claiming, as long as tcaches are claimed: no fork finds one that is.
 * Calls   membarrier(2), futex(2).
 * Called by  tcache.c, remote.c, thread.c, front/keeper.c.
 */
#include "claim.h"

#include "arch.h"
#include "lock.h"

#include <linux/futex.h>
#include <linux/membarrier.h>
#include <sys/syscall.h>

static struct hak_lock claiming;

void hak_claim_init(void)
{
	hak_lock_init(&claiming, HAK_LOCK_CLAIM);
}

static void futex(_Atomic uint32_t *at, int op, uint32_t value)
{
	arch_syscall(SYS_futex, (long)at, op, value, 0, 0, 0);
}

void hak_claim_wait(struct hak_tcache *tcache)
{
	uint32_t seen;

	/* pairs with hak_claim_drop() */
	while ((seen = atomic_load_explicit(&tcache->asked,
					    memory_order_acquire)) &
	       HAK_ASKED_TO_WAIT)
		if (atomic_compare_exchange_strong_explicit(
			    &tcache->asked, &seen, seen | HAK_ASKED_TO_WAKE,
			    memory_order_relaxed, memory_order_relaxed))
			futex(&tcache->asked, FUTEX_WAIT_PRIVATE,
			      seen | HAK_ASKED_TO_WAKE);
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
	const uint32_t bits = HAK_ASKED_TO_WAIT | HAK_ASKED_TO_WAKE;

	/* pairs with hak_claim_enter() and hak_claim_wait() */
	if (atomic_fetch_and_explicit(&tcache->asked, ~bits,
				      memory_order_release) &
	    HAK_ASKED_TO_WAKE)
		futex(&tcache->asked, FUTEX_WAKE_PRIVATE, INT32_MAX);
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
