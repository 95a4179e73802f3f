/* SPDX-License-Identifier: MIT */
/*
 * handler.c - a signal handler calls free, or malloc and free, amid a refill, a move of
 * cells, a flush or the check at exit. The program goes on, and no block is free twice.
 */
#include "cache/bin.h"
#include "cache/remote.h"
#include "cache/tcache.h"

#include "unit/heap.h"

#include <signal.h>
#include <sys/time.h>

enum { BLOCKS = 200, CLASS = 30, SIGNALS = 3000, PATIENCE = 10 };

static struct hak_tcache *tcache;
static void *block[BLOCKS];
static _Atomic(void *) handed;
static _Atomic unsigned int signals, works;

static void *get(void)
{
	void *got = hak_tcache_pop(tcache, CLASS);

	return got ? got : hak_tcache_alloc(tcache, CLASS);
}

static void give(void *freed)
{
	if (!hak_tcache_push(tcache, CLASS, freed))
		hak_tcache_push_slow(freed, CLASS, tcache);
}

/*
 * An interrupted fast path is not safe: see docs/design/foundation.md. So the handlers
 * work only amid a slow path.
 */
static bool is_amid_work(void)
{
	bool amid = atomic_load(&tcache->work) & 1;

	atomic_fetch_add(&signals, 1);
	atomic_fetch_add(&works, amid);
	return amid;
}

static void free_handed(int signal)
{
	void *freed;

	(void)signal;
	if (!is_amid_work())
		return;
	freed = atomic_exchange(&handed, NULL);
	if (freed)
		give(freed);
}

static void work_amid_work(int signal)
{
	void *got;

	(void)signal;
	if (!is_amid_work())
		return;
	got = get();
	if (!got)
		return;
	memset(got, 0xa5, 64);
	if (hak_entry_key(hak_window_entry(got)) == tcache->key)
		give(got);
	else
		hak_remote_free(NULL, got);
}


/* Call `work` again and again, interrupted by the handler. */
static void interrupt(void (*handler)(int), void (*work)(void))
{
	struct itimerval often = { { 0, 50 }, { 0, 50 } }, never = { 0 };
	time_t end = time(NULL) + PATIENCE;

	atomic_store(&signals, 0);
	atomic_store(&works, 0);
	unit_need(signal(SIGALRM, handler) != SIG_ERR);
	unit_need(!setitimer(ITIMER_REAL, &often, NULL));
	while (atomic_load(&signals) < SIGNALS && time(NULL) < end)
		work();
	unit_need(!setitimer(ITIMER_REAL, &never, NULL));
	unit_expect(atomic_load(&works) > 0);
}

static void draw_and_free(void)
{
	int i, j;

	for (i = 0; i < BLOCKS; i++) {
		block[i] = get();
		unit_need(block[i]);
		*(uint64_t *)block[i] = (uint64_t)block[i];
	}
	for (i = 0; i < BLOCKS; i++) {
		unit_expect(*(uint64_t *)block[i] == (uint64_t)block[i]);
		for (j = 0; i % 50 == 0 && j < i; j++)
			unit_expect(block[j] != block[i]);
		give(block[i]);
	}
}

/* The handler frees a block at any time. */
static void freed_meanwhile(void)
{
	void *mine = get();

	*(uint64_t *)mine = 0;
	atomic_store(&handed, mine);
	draw_and_free();
	hak_tcache_flush(tcache);
	mine = atomic_exchange(&handed, NULL);
	if (mine)
		give(mine);
}

static void check(void)
{
	hak_tcache_check(tcache);
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(3);
	unit_open_heap();
	tcache = hak_thread_tcache();
	unit_need(tcache);
	interrupt(free_handed, freed_meanwhile);
	hak_tcache_flush(tcache);
	unit_result("a handler frees amid refills, moves and flushes");

	interrupt(work_amid_work, freed_meanwhile);
	hak_tcache_flush(tcache);
	unit_result("a handler allocates and frees amid slow paths");

	draw_and_free();
	draw_and_free();
	interrupt(work_amid_work, check);
	unit_result("a handler allocates and frees amid the check");
	return ksft_finished();
}
