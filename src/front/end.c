/* SPDX-License-Identifier: MIT */
/*
 * end.c - a thread's end: parks the tcache, and may dismiss the keeper.
 *
 * Owns    the key whose destructor the C library calls at a thread's end.
 * Calls   slow.h, cache/thread.h, reclaim/settle.h, os/wake.h.
 */
#include "front/end.h"

#include "front/malloc.h"
#include "front/slow.h"
#include "reclaim/settle.h"
#include "cache/thread.h"
#include "os/wake.h"

static pthread_key_t key;

/*
 * If one thread of the program is left, a keeper would make the process multi-threaded.
 * If no thread is left, the last thread of the process runs the exit handlers in libc,
 * and this thread must not be the keeper.
 */
static void dismiss_keeper(void)
{
	uint32_t alive = hak_threads_alive();

	if (alive > 1 || hak_wake_dismiss(!alive) != HAK_WAKE_GONE || !alive)
		return;
	/*
	 * The thread that is left has no keeper. So give back all empty superslabs
	 * over the budget now. From now on calls of malloc give back the free units
	 * of sparse superslabs, when the delay is over.
	 */
	hak_settle_all();
	hak_fast_without_keeper();
}

static void end(void *tcache)
{
	hak_thread_end(tcache);
	hak_slow_end();
	dismiss_keeper();
}

const pthread_key_t *hak_end_key(void)
{
	return pthread_key_create(&key, end) ? NULL : &key;
}
