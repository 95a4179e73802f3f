/* SPDX-License-Identifier: MIT */
/*
 * claim.c - only one thread at a time works between a tcache's bins and slabs.
 *
 * Owns    a tcache's words `work` and `asked`.
 * Locks   claiming, while the keeper has a tcache. fork takes all locks, so no fork
 *         child finds a claimed tcache.
 * Calls   membarrier(2), futex(2).
 */
#include "cache/claim.h"

#include "base/atomic.h"
#include "base/lock.h"
#include "base/sys.h"

#include <linux/membarrier.h>

static struct hak_lock claiming;

void hak_claim_init(void)
{
	hak_lock_init(&claiming, HAK_LOCK_CLAIM);
}

static bool change(struct hak_tcache *tcache, uint32_t *seen, uint32_t now)
{
	/* pairs with hak_claim_drop(), if the keeper has just dropped the tcache */
	return atomic_compare_exchange_strong_explicit(&tcache->asked, seen,
						       now,
						       memory_order_acquire,
						       memory_order_acquire);
}

void hak_claim_wait(struct hak_tcache *tcache)
{
	uint32_t seen = hak_read_once(&tcache->asked);

	while (seen & HAK_ASKED_TO_WAIT) {
		if (!(seen & HAK_ASKED_TAKEN)) {
			/* Refuse: hak_claim_take() will find the bit clear. */
			if (change(tcache, &seen,
				   seen & ~(uint32_t)HAK_ASKED_TO_WAIT))
				return;
			continue;
		}
		if (change(tcache, &seen, seen | HAK_ASKED_TO_WAKE))
			sys_futex_wait(&tcache->asked, seen | HAK_ASKED_TO_WAKE,
				       NULL);
		/* pairs with hak_claim_drop() */
		seen = hak_load_acquire(&tcache->asked);
	}
}

void hak_claim_open(void)
{
	sys_membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED);
}

void hak_claim_ask(struct hak_tcache *tcache)
{
	hak_or_relaxed(&tcache->asked, HAK_ASKED_TO_WAIT);
}

bool hak_claim_pass(void)
{
	return sys_membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED) == 0;
}

bool hak_claim_asked(const struct hak_tcache *tcache)
{
	return hak_read_once(&tcache->asked) & HAK_ASKED_TO_WAIT;
}

static void take_back(struct hak_tcache *tcache)
{
	const uint32_t bits = HAK_ASKED_TO_WAIT | HAK_ASKED_TO_WAKE |
			      HAK_ASKED_TAKEN;

	/* pairs with hak_claim_enter() and hak_claim_wait() */
	if (hak_and_release(&tcache->asked, ~bits) & HAK_ASKED_TO_WAKE)
		sys_futex_wake(&tcache->asked, INT32_MAX);
}

bool hak_claim_take(struct hak_tcache *tcache, bool passed)
	HAK_TRY_ACQUIRES(true, claiming)
{
	uint32_t seen = hak_read_once(&tcache->asked);

	/* pairs with hak_claim_leave() */
	if (!passed || hak_load_acquire(&tcache->work) & 1) {
		take_back(tcache);
		return false;
	}
	hak_lock_take(&claiming);
	while (seen & HAK_ASKED_TO_WAIT)
		if (change(tcache, &seen, seen | HAK_ASKED_TAKEN))
			return true;
	hak_lock_drop(&claiming);
	return false;
}

void hak_claim_drop(struct hak_tcache *tcache) HAK_RELEASES(claiming)
{
	take_back(tcache);
	hak_lock_drop(&claiming);
}

void hak_claim_ask_to_flush(struct hak_tcache *tcache)
{
	hak_or_relaxed(&tcache->asked, HAK_ASKED_TO_FLUSH);
}

bool hak_claim_asked_to_flush(struct hak_tcache *tcache)
{
	return hak_and_relaxed(&tcache->asked, ~(uint32_t)HAK_ASKED_TO_FLUSH) &
	       HAK_ASKED_TO_FLUSH;
}
