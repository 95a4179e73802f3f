/* SPDX-License-Identifier: MIT */
/*
 * slow.c - the end of every slow path: acts on the notes of lower floors.
 *
 * Owns    the mark that the thread is acting on notes.
 * Locks   none is held: see may_collect(), and decommit.c. Not inside itself.
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
 * May the thread collect what came home? Not in a signal handler that interrupted a
 * slow path or the holder of a lock: the interrupted slow path collects at its end.
 */
static bool may_collect(void)
{
	return !hak_claim_at_work(hak_tls) && !hak_lock_any_is_mine();
}

static void collect(void)
{
	const uint32_t bits = HAK_TODO_COLLECT | HAK_TODO_LOOK;

	if (!(hak_read_once(&hak_todo) & bits) || !may_collect())
		return;
	hak_parked_drain_noted();
	if (hak_todo_take(HAK_TODO_LOOK))
		hak_spill_look();
}

void hak_slow_act(const void *caller)
{
	/* Before the constructor has run, TLS may not be usable. */
	/* pairs with before_main() */
	if (!arch_load_acquire(&hak_fast_bytes)) {
		hak_decommit_settle_noted();
		return;
	}
	if (acting)
		return;
	acting = true;
	if (hak_todo_take(HAK_TODO_LEARN) && !hak_filter_here())
		hak_budget_learn();
	collect();
	/* After all steps that empty superslabs. */
	hak_decommit_settle_noted();
	if (hak_todo_take(HAK_TODO_CALL) && !hak_wake_ring())
		hak_wake_want();
	acting = false;
	/* Last: the creation of a thread may take long, and calls malloc. */
	if (caller && hak_wake_wanted() && !hak_claim_at_work(hak_tls))
		hak_keeper_make(caller);
}
