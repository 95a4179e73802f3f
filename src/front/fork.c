/* SPDX-License-Identifier: MIT */
/*
 * fork.c - a fork finds every lock free and every record whole.
 *
 * hakmem registers its fork handlers early. So most handlers of other libraries run
 * before hakmem takes its locks, and after hakmem drops them. Handlers that were
 * registered even earlier run while the forking thread holds all locks. In these handlers
 * the thread may call malloc, because hak_lock_take() lets the forking thread pass.
 */
#include "front/front.h"

#include "front/keeper.h"
#include "cache/thread.h"
#include "os/recent.h"
#include "base/atomic.h"
#include "base/lock.h"

#include <pthread.h>

/*
 * Was the forking thread outside of hakmem's own code? A signal handler that forks may
 * have interrupted hakmem. The holder of all locks writes the flag.
 */
static bool outside;

static void before(void)
{
	bool now = hak_threads_are_outside();

	hak_lock_take_all();
	outside = now;
}

static void in_parent(void)
{
	hak_recent_fork();
	hak_lock_drop_all();
}

static void in_child(void)
{
	hak_lock_reset_all();
	hak_recent_fork();
	hak_keeper_after_fork();
	hak_threads_after_fork(outside);
	hak_keeper_begin_again();
}

void hak_fork_init(void)
{
	static _Atomic bool registered;

	/* Register once per program, because a fork child inherits the handlers. */
	if (!hak_exchange_relaxed(&registered, true) &&
	    pthread_atfork(before, in_parent, in_child))
		hak_write_once(&registered, false);
}
