/* SPDX-License-Identifier: MIT */
/*
 * slow.c - the end of every slow path: acts on what lower floors have noted.
 *
 * Owns    whether this thread is at it.
 * Locks   none, and none is held: with one, or inside itself, nothing happens.
 * Calls   keeper.h, cache/parked.h, reclaim/.
 */
#include "front/slow.h"

#include "front/front.h"
#include "front/keeper.h"
#include "reclaim/budget.h"
#include "reclaim/decommit.h"
#include "reclaim/spill.h"
#include "cache/claim.h"
#include "cache/parked.h"
#include "os/filter.h"
#include "os/wake.h"
#include "base/lock.h"

static __thread bool acting HAK_INITIAL_EXEC;

/*
 * Not before TLS is usable. A signal handler may have interrupted a slow path, whose
 * own end reads the notes then. Whether a lock is held is asked where one is taken:
 * here for what is to be collected or looked at, in decommit.c for what is let go.
 */
static bool may_act(void)
{
	const uint32_t locks = HAK_TODO_COLLECT | HAK_TODO_LOOK;

	/* pairs with before_main() */
	return arch_load_acquire(&hak_fast_bytes) && !acting &&
	       !hak_claim_at_work(hak_tls) &&
	       (!(hak_read_once(&hak_todo) & locks) || !hak_lock_any_is_mine());
}

void hak_slow_act(const void *caller)
{
	if (!may_act())
		return;
	acting = true;
	if (hak_todo_take(HAK_TODO_LEARN) && !hak_filter_here())
		hak_budget_learn();
	hak_parked_drain_noted();
	if (hak_todo_take(HAK_TODO_LOOK))
		hak_spill_look();
	/* After what has emptied superslabs. */
	hak_decommit_settle_noted();
	if (hak_todo_take(HAK_TODO_CALL) && !hak_wake_ring())
		hak_wake_want();
	acting = false;
	/* Last: to make a thread may take long, and comes back to malloc. */
	if (caller && hak_wake_wanted())
		hak_keeper_make(caller);
}
