/* SPDX-License-Identifier: MIT */
/*
 * slow.c - the end of every slow path: acts on the notes of lower floors.
 *
 * Owns    for each thread, the flag that the thread is acting on notes.
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

/* The running thread is inside hak_slow_act(). */
static __thread bool acting HAK_INITIAL_EXEC;

/*
 * False in a signal handler that interrupted a slow path, or the holder of a lock. In
 * such a handler, notes whose work needs a tcache or a new thread stay. The interrupted
 * slow path acts on these notes at its end.
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

/*
 * Act on the note about free units of sparse superslabs. While units over the budget wait
 * for their delay and there is no keeper, count the calls of malloc, so that a later call
 * leaves the note again.
 */
static void settle_slack(void)
{
	bool waits = hak_slack_act();

	hak_fast_set_counting(waits);
	/* Meanwhile another thread may have begun to wait, or left the note. */
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
	/* Before the library's constructor has run, TLS may not be usable. */
	/* pairs with before_main() */
	if (!arch_load_acquire(&hak_fast_bytes)) {
		hak_settle_noted();
		return;
	}
	/*
	 * The flag is set in a signal handler that interrupted this function. If the
	 * handler leaves by longjmp, the flag stays set for ever. So still bring the
	 * spans back to the budget, which is safe here.
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
	/* Do this after the work above, which may make superslabs empty. */
	hak_settle_noted();
	if (hak_todo_take(HAK_TODO_CALL) && !hak_wake_keeper())
		hak_wake_want();
	acting = false;
	/*
	 * Do this last, because the creation of a thread takes long, and calls malloc.
	 */
	if (caller && hak_wake_wanted() && is_outermost())
		hak_keeper_make(caller);
}
