/* SPDX-License-Identifier: MIT */
/*
 * slow.c - the end of every slow path: acts on the notes of lower floors.
 *
 * Owns    the mark that the thread is acting on notes.
 * Locks   none of its own. In a signal handler the interrupted code may hold a
 *         lock: see is_outermost(), and settle.c.
 * Calls   keeper.h, cache/parked.h, reclaim/.
 */
#include "front/slow.h"

#include "front/keeper.h"
#include "front/malloc.h"
#include "reclaim/budget.h"
#include "reclaim/child.h"
#include "reclaim/misplaced.h"
#include "reclaim/settle.h"
#include "reclaim/slack.h"
#include "cache/claim.h"
#include "cache/inherit.h"
#include "cache/parked.h"
#include "cache/thread.h"
#include "os/filter.h"
#include "os/wake.h"
#include "base/lock.h"

static __thread bool acting HAK_INITIAL_EXEC;

/*
 * False in a signal handler that interrupted a slow path or the holder of a
 * lock. Then notes that need tcaches or a new thread stay, and the interrupted
 * path reads these notes at its end.
 */
static bool is_outermost(void)
{
	return !hak_claim_at_work(hak_tls) && !hak_lock_any_is_mine();
}

static void collect(void)
{
	const uint32_t bits = HAK_TODO_COLLECT | HAK_TODO_LOOK;

	if (!(hak_read_once(&hak_todo) & bits) || !is_outermost())
		return;
	hak_parked_drain_noted();
	if (hak_todo_take(HAK_TODO_LOOK))
		hak_misplaced_look();
}

/* While an excess waits for its delay, let calls of malloc leave the note again. */
static void settle_slack(void)
{
	bool waits = hak_slack_act();

	hak_fast_set_counting(waits);
	/* Another thread may have begun to wait, or may have left a note. */
	/* pairs with hak_fast_without_keeper() */
	if (!waits && (hak_slack_waits() ||
		       atomic_load_explicit(&hak_todo, memory_order_seq_cst) &
			       HAK_TODO_SPARSE))
		hak_fast_set_counting(true);
}

void hak_slow_after_fork(void)
{
	hak_child_recover();
}

void hak_slow_act(const void *caller)
{
	/* Before the constructor has run, TLS may not be usable. */
	/* pairs with before_main() */
	if (!arch_load_acquire(&hak_fast_bytes)) {
		hak_settle_noted();
		return;
	}
	/*
	 * True in a signal handler, and for ever if the handler left by
	 * longjmp.
	 */
	if (acting) {
		hak_settle_noted();
		return;
	}
	acting = true;
	if (hak_todo_take(HAK_TODO_LEARN) && !hak_filter_here())
		hak_budget_learn();
	if (hak_todo_take(HAK_TODO_BIRTH) && is_outermost())
		hak_thread_birth_noted();
	if (is_outermost() && hak_todo_take(HAK_TODO_INHERIT))
		hak_inherit();
	collect();
	if (hak_todo_take(HAK_TODO_SPARSE))
		settle_slack();
	/* After the steps that make superslabs empty. */
	hak_settle_noted();
	if (hak_todo_take(HAK_TODO_CALL) && !hak_wake_keeper())
		hak_wake_want();
	acting = false;
	/*
	 * Do this last: the creation of a thread takes long, and calls malloc.
	 */
	if (caller && hak_wake_wanted() && is_outermost())
		hak_keeper_make(caller);
}
