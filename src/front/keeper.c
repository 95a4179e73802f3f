/* SPDX-License-Identifier: MIT */
/*
 * keeper.c - hakmem's own thread, which gives memory back.
 *
 * Owns    the keeper: birth, life, end.
 * Locks   none of its own. A thread that creates the keeper holds no lock. The keeper
 *         takes the locks of decommit.h.
 * Calls   round.h, decide.h, settle.h, watcher.h, cache/, os/birth.h, os/wake.h.
 */
#include "front/keeper.h"

#include "front/decide.h"
#include "front/malloc.h"
#include "front/round.h"
#include "reclaim/child.h"
#include "reclaim/settle.h"
#include "watch/watcher.h"
#include "cache/claim.h"
#include "cache/thread.h"
#include "heap/window.h"
#include "os/birth.h"
#include "os/clock.h"
#include "os/self.h"
#include "os/wake.h"
#include "base/atomic.h"
#include "base/lock.h"
#include "base/options.h"
#include "base/todo.h"

#include <errno.h>

enum { BACK_OFF_MS = 60000 }; /* after a failed birth, the next attempt waits so long */

/* Time of the last failed birth, by hak_clock_ms(); 0: none. */
static _Atomic uint32_t failed_at;

/* The option HAKMEM_KEEPER, with ON in place of AUTO if another option needs a keeper. */
static enum hak_keeper wanted(void)
{
	enum hak_keeper option = (enum hak_keeper)hak_option(HAK_OPTION_KEEPER);

	/* The keeper runs guard and observation, which begin at the start. */
	if (option == HAK_KEEPER_AUTO && hak_watcher_wanted())
		return HAK_KEEPER_ON;
	return option;
}

/* ---- The keeper's life --------------------------------------------------- */

/* With `settles` the keeper still brings all spans back to the budget. */
static void end(bool settles)
{
	hak_round_close();
	/*
	 * If a thread remains, the next free makes a new keeper, as the options demand.
	 */
	if (wanted() == HAK_KEEPER_ON)
		hak_wake_want();
	if (settles)
		hak_settle_all();
}

/* Wait as decided after a round. Returns whether the keeper has to end now, and how. */
static enum hak_wake_left wait(const struct hak_decision *next)
{
	switch (next->state) {
	case HAK_KEEPER_NAP:
		hak_wake_nap(next->ms);
		break;
	case HAK_KEEPER_DOZE:
		hak_wake_doze();
		break;
	case HAK_KEEPER_SLEEP:
		hak_wake_sleep(next->ms, hak_round_pressure());
		break;
	case HAK_KEEPER_LEAVE:
		return hak_wake_leave();
	}
	return HAK_WAKE_STAYS;
}

static struct hak_decision go_round(enum hak_keeper_state state,
				    struct hak_seen *seen)
{
	hak_round_look(seen);
	if (!hak_keeper_must_leave(seen)) {
		hak_round_work(seen);
		/*
		 * In DOZE the keeper has not waited since the round before, which
		 * checked the watcher.
		 */
		if (state != HAK_KEEPER_DOZE)
			hak_round_watch(seen);
	}
	return hak_keeper_decide(state, seen);
}

static void *keep(void *unused)
{
	struct hak_seen seen = { .permanent = wanted() == HAK_KEEPER_ON };
	enum hak_wake_left left = HAK_WAKE_STAYS;
	struct hak_decision next;

	(void)unused;
	hak_thread_without();
	hak_round_open();
	next = go_round(HAK_KEEPER_NAP, &seen);
	while ((left = wait(&next)) == HAK_WAKE_STAYS)
		next = go_round(next.state, &seen);
	end(seen.has_to_go || left == HAK_WAKE_LEFT_ALONE);
	/*
	 * This keeper ends early, perhaps while free units over the budget wait for
	 * their delay. So from now on calls of malloc give these units back. If a
	 * thread has dismissed the keeper, the thread makes the same call (end.c).
	 */
	if (seen.has_to_go)
		hak_fast_without_keeper();
	return NULL;
}

/* ---- The keeper's birth -------------------------------------------------- */

static bool failed_of_late(void)
{
	uint32_t at = hak_read_once(&failed_at);

	return at && hak_clock_ms() - at < BACK_OFF_MS;
}

/*
 * Create the keeper's thread. True also if the thread cannot be created, or if there is
 * a keeper already. False if the previous keeper has not ended yet, so that a later
 * call has to try again.
 */
static bool make(void)
{
	bool stays = wanted() == HAK_KEEPER_ON;

	if (!hak_wake_enter(stays))
		return !hak_wake_ends();
	/*
	 * A thread may have ended since hak_keeper_make() counted the threads. That
	 * thread may not have seen this keeper, and then has not dismissed it.
	 */
	if (!stays && hak_threads_alive() <= 1) {
		hak_wake_back_out();
		hak_fast_without_keeper();
	} else if (hak_birth_of_keeper(keep)) {
		hak_write_once(&failed_at, hak_clock_ms() | 1);
		hak_wake_back_out();
		hak_fast_without_keeper();
	} else {
		hak_stat_add(&hak_window.span[0].stats, HAK_STAT_KEEPERS, 1);
	}
	return true;
}

void hak_keeper_make(const void *caller)
{
	enum hak_keeper option = wanted();
	int before = errno;

	/*
	 * A fork handler of another library has called free. In the child the records
	 * still describe the parent's keeper.
	 */
	if (hak_lock_is_forking())
		return;
	hak_child_look();
	if (option != HAK_KEEPER_OFF && !hak_wake_answered() &&
	    (option == HAK_KEEPER_ON || hak_threads_alive() > 1) &&
	    !failed_of_late() && hak_threads_may_be_born()) {
		/*
		 * On return here the note stays, so a later free creates the
		 * keeper. The running thread needs a tcache, so that hakmem notices
		 * the thread's end, and dismisses the keeper then.
		 */
		if (!hak_birth_is_safe(caller) || !hak_thread_tcache() ||
		    !make())
			return;
	}
	hak_todo_take(HAK_TODO_KEEPER);
	errno = before;
}

/* A keeper ends when no thread has a tcache any more, so this thread needs a tcache. */
static void make_to_stay(void)
{
	if (hak_thread_tcache())
		make();
}

void hak_keeper_init(void)
{
	enum hak_keeper option = wanted();

	if (option == HAK_KEEPER_ON)
		make_to_stay();
	if (option == HAK_KEEPER_OFF)
		hak_watcher_without();
}

/* ---- In a fork child ----------------------------------------------------- */

void hak_keeper_after_fork(void)
{
	hak_write_once(&failed_at, 0);
	hak_text_from_apart(0, false);
	hak_self_close();
	hak_watcher_forget();
	hak_child_recover();
}

void hak_keeper_begin_again(void)
{
	if (wanted() != HAK_KEEPER_ON)
		return;
	/*
	 * If the program wraps malloc, the wrapper's fork handlers may still have to
	 * run. A signal handler may also have forked in the middle of hakmem's code.
	 * In both cases leave a note, so that a later free creates the keeper.
	 */
	if (!hak_birth_is_ours() || hak_lock_any_is_mine() ||
	    hak_claim_at_work(hak_tls))
		hak_wake_want();
	else
		make_to_stay();
}
