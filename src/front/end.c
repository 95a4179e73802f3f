/* SPDX-License-Identifier: MIT */
/*
 * end.c - a thread's end: its tcache is parked, and the keeper may have to go.
 *
 * Owns    the key whose destructor the C library calls.
 * Calls   slow.h, cache/thread.h, reclaim/decommit.h, os/wake.h.
 */
#include "front/end.h"

#include "front/slow.h"
#include "reclaim/decommit.h"
#include "cache/thread.h"
#include "os/wake.h"

static pthread_key_t key;

/*
 * A keeper must not be what keeps the process from being one thread, nor is the
 * program's end for it to run: libc has that done by the last thread to end.
 */
static void dismiss_keeper(void)
{
	uint32_t alive = hak_threads_alive();

	if (alive > 1 || hak_wake_dismiss(!alive) != HAK_WAKE_GONE || !alive)
		return;
	/* One thread gives back at once what is over. */
	hak_decommit_settle_all();
}

static void end(void *tcache)
{
	hak_thread_end(tcache);
	hak_slow_end(NULL);
	dismiss_keeper();
}

const pthread_key_t *hak_end_key(void)
{
	return pthread_key_create(&key, end) ? NULL : &key;
}
