/* SPDX-License-Identifier: MIT */
/*
 * start.c - opens the heap at the first allocation or before main.
 *
 * Owns    the state of the heap: not yet open, being opened, ready, failed.
 * Calls   fork.c, deepbind.h, end.h, cache/thread.h, heap/.
 */
#include "front/front.h"

#include "front/deepbind.h"
#include "front/early.h"
#include "front/end.h"
#include "reclaim/budget.h"
#include "cache/thread.h"
#include "heap/node.h"
#include "heap/sizeclass.h"
#include "numa/topology.h"
#include "os/clock.h"
#include "os/filter.h"
#include "os/kin.h"
#include "os/limits.h"
#include "base/atomic.h"
#include "base/lock.h"
#include "base/options.h"
#include "base/sys.h"
#include "arch/arch.h"

/*
 * While a thread opens the heap, `state` is RUNNING plus the thread pointer of this
 * thread, and `runner` is the kernel's id of this thread. `runner` is 0 if a seccomp
 * filter may forbid gettid(2). If another thread forks meanwhile, the child does not
 * have the opening thread, so the child opens the heap again.
 */
enum { NOT_YET, READY, FAILED, RUNNING };

static _Atomic uintptr_t state;
static _Atomic uint32_t runner;

/* Does the process have a thread with the kernel's id `id`? True if `id` is 0. */
static bool is_here(uint32_t id)
{
	long pid;

	if (!id)
		return true;
	pid = sys_getpid();
	return sys_tgkill(pid, id, 0) == 0;
}

static void note_runner(void)
{
	uint32_t id = 0;

	if (!hak_filter_here())
		id = (uint32_t)sys_gettid();
	hak_write_once(&runner, id);
}

static bool open_heap(void)
{
	unsigned nodes;

	hak_filter_look();
	note_runner();
	hak_lock_forget_all();
	hak_kin_open();
	hak_options_read();
	hak_clock_open();
	/*
	 * Read the cgroup's memory limit now if a filter is in force. The filter
	 * allows these calls now, because the loader makes them too. A further filter
	 * may forbid them later.
	 */
	if (hak_filter_here())
		hak_budget_learn();
	hak_topology_open();
	nodes = hak_topology_nodes();
	hak_sizeclass_init();
	if (!hak_window_open(nodes) || !hak_nodes_open(nodes))
		return false;
	hak_threads_init(hak_end_key());
	hak_deepbind_init();
	hak_fork_init();
	return true;
}

static HAK_COLD bool init_slow(void)
{
	uintptr_t self = arch_thread_pointer() | RUNNING;
	uintptr_t seen = NOT_YET;

	if (!hak_is_relocated())
		return false;
	/* pairs with the store at the end of this function */
	while (!atomic_compare_exchange_strong_explicit(&state, &seen, self,
							memory_order_acquire,
							memory_order_acquire)) {
		if (seen == READY || seen == FAILED)
			return seen == READY;
		if (seen == self)
			return false; /* called from inside open_heap() */
		if (!is_here(hak_read_once(&runner)))
			atomic_compare_exchange_strong(&state, &seen, NOT_YET);
		if (!hak_filter_here())
			sys_sched_yield();
		seen = NOT_YET;
	}
	seen = open_heap() ? READY : FAILED;
	/* pairs with hak_init() */
	hak_store_release(&state, seen);
	return seen == READY;
}

bool hak_init(void)
{
	/* pairs with init_slow() */
	if (hak_likely(hak_load_acquire(&state) == READY))
		return true;
	return init_slow();
}
