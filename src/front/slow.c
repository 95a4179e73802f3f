/* SPDX-License-Identifier: MIT */
/*
 * slow.c - the end of every slow path: acts on the notes of lower floors.
 *
 * Owns    the mark that the thread is acting on notes.
 * Locks   none: see may_act(). Inside itself the function does nothing.
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
 * Act only when TLS is usable. If a signal handler interrupted a slow path, the
 * end of this slow path reads the notes. Before a step takes a lock, the thread
 * must hold none: this function checks before collections and before looks at
 * places of pages, decommit.c before memory goes.
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
	/* After all steps that empty superslabs. */
	hak_decommit_settle_noted();
	if (hak_todo_take(HAK_TODO_CALL) && !hak_wake_ring())
		hak_wake_want();
	acting = false;
	/* Last: the creation of a thread may take long, and calls malloc. */
	if (caller && hak_wake_wanted())
		hak_keeper_make(caller);
}
