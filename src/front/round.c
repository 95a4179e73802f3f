/* SPDX-License-Identifier: MIT */
/*
 * round.c - what the keeper looks for, and the work of a round.
 *
 * Owns    the keeper's permissions, the descriptors of memory pressure and memory limits,
 *         and the times at which the keeper last checked something.
 * Locks   none of its own; the keeper takes the locks of decommit.h.
 * Calls   reclaim/, watcher.h, observe.h, cache/thread.h, os/.
 */
#include "front/round.h"

#include "reclaim/budget.h"
#include "reclaim/decommit.h"
#include "watch/observe.h"
#include "watch/watcher.h"
#include "cache/claim.h"
#include "cache/thread.h"
#include "heap/block.h"
#include "heap/node.h"
#include "numa/topology.h"
#include "os/cgroup.h"
#include "os/clock.h"
#include "os/pressure.h"
#include "os/ring.h"
#include "os/self.h"
#include "os/wake.h"
#include "base/options.h"
#include "base/sys.h"
#include "base/todo.h"

#include <linux/sched.h>

enum {
	LOOK_MS = 500,	 /* between two checks for idle threads */
	LOOKS = 6,	 /* checks for idle threads after a thread woke the keeper */
	LIMIT_MS = 1000, /* between two reads of the memory limit */
	COUNT_MS = 300000, /* longest sleep between two counts of the program's threads */
};

static enum hak_self self; /* which system calls are safe for the keeper */
static bool has_to_go;	   /* the keeper must end, even with work left */
static unsigned looks;	   /* checks for idle threads since a thread woke the keeper */
/* Times, by hak_clock_ms() */
static uint32_t looked;	 /* of the last check for idle threads */
static uint32_t born;	 /* of the keeper's birth */
static uint32_t counted; /* of the last count of the program's threads */
static uint32_t read_at; /* of the last read of the memory limit */
static uint32_t left_at; /* since when `alone` is true; 0: `alone` is false */
static struct hak_pressure pressure;
static struct hak_cgroup cgroup; /* the files with the memory limit */
static struct hak_cgroup_text cgroup_text;

static bool is_free(void)
{
	return self == HAK_SELF_FREE;
}

/* ---- Opening ------------------------------------------------------------- */

/*
 * The keeper inherits the priority and affinity of the thread that creates the keeper,
 * and these may be meant for that thread alone. So take normal priority, and the
 * affinity of the process's first thread.
 */
static void calm_down(void)
{
	static unsigned long cpus[1024 / sizeof(long)];
	const int normal = 0;
	long pid = sys_getpid();
	long bytes = sys_sched_getaffinity(pid, sizeof(cpus), cpus);

	sys_sched_setscheduler(0, SCHED_NORMAL, &normal);
	if (bytes > 0)
		sys_sched_setaffinity(0, bytes, cpus);
	sys_set_name("hakmem-keeper");
}

/* Open the files that report memory pressure, and the files with the memory limit. */
static void listen(void)
{
	hak_pressure_open(&pressure);
	hak_ring_park(pressure.fd, pressure.count);
	hak_budget_limit(hak_cgroup_limit(&cgroup, &cgroup_text));
}

/*
 * Make the system calls of the keeper's start that are safe. The keeper opens no file
 * if it shares the program's table of descriptors, or if a seccomp filter may be in
 * force.
 */
static void open_what_is_safe(void)
{
	self = hak_self_open();
	pressure = (struct hak_pressure){ .where = -1 };
	cgroup.count = 0;
	if (self != HAK_SELF_SHARED)
		hak_text_from_apart(0, true);
	/* Do this before creating the watcher, which inherits affinity and priority. */
	if (is_free())
		calm_down();
	hak_watcher_start(self);
	if (!is_free())
		return;
	hak_claim_open();
	listen();
}

void hak_round_open(void)
{
	has_to_go = !hak_wake_begin();
	/*
	 * In a child forked without fork handlers the records still describe the
	 * parent's ring and watcher.
	 */
	hak_ring_forget();
	hak_watcher_forget();
	open_what_is_safe();
	looks = 0;
	born = hak_clock_ms();
	counted = born - LOOK_MS;
	left_at = 0;
}

void hak_round_close(void)
{
	hak_watcher_stop(HAK_MODE_NO_KEEPER);
	/* The kernel closes the other descriptors of the keeper at the thread's end. */
	hak_ring_close();
	hak_text_from_apart(0, false);
	hak_self_close();
}

const struct hak_pressure *hak_round_pressure(void)
{
	return &pressure;
}

/* ---- Looking ------------------------------------------------------------- */

/*
 * The number of threads but the keeper, and so an upper bound for the program's
 * threads.
 */
static uint32_t others(void)
{
	return hak_self_threads() - 1;
}

/*
 * Fill `alone`: is at most one thread of the program left, or none if the keeper is
 * permanent? Usually the ending thread dismisses the keeper, but not if the thread ends
 * without its destructor. So the keeper ends by itself, but only after `alone_ms`.
 */
static void count_threads(struct hak_seen *seen)
{
	uint32_t now = hak_clock_ms();
	uint32_t alive;

	if (now - counted >= LOOK_MS) {
		counted = now;
		hak_threads_bury(others);
	}
	alive = hak_threads_alive();
	if (alive > 1 || (alive && seen->permanent))
		left_at = 0;
	else if (!left_at)
		left_at = now | 1;
	seen->alone = left_at;
	seen->alone_ms = left_at ? now - left_at + 1 : 0;
}

/*
 * Has the program installed a seccomp filter? The filter may forbid close(2), but the
 * kernel closes the descriptors when the threads with their table have ended. So the
 * keeper has to end if a guard or an observation is on, because only the close releases
 * stopped threads.
 */
static void look_for_filter(void)
{
	if (!is_free() || hak_self_look() == HAK_SELF_FREE)
		return;
	self = HAK_SELF_FILTERED;
	has_to_go |= hak_watcher_abandon(HAK_MODE_FORBIDDEN);
}

void hak_round_look(struct hak_seen *seen)
{
	if (hak_wake_heard())
		looks = 0;
	seen->dismissed = hak_wake_dismissed();
	seen->has_to_go = has_to_go;
	if (seen->has_to_go || seen->dismissed)
		return;
	count_threads(seen);
	if (hak_keeper_must_leave(seen))
		return;
	look_for_filter();
	seen->self = self;
	seen->has_to_go = has_to_go;
	seen->age_ms = hak_clock_ms() - born;
}

/* ---- Working ------------------------------------------------------------- */

/*
 * Is memory short, by what the kernel has reported since the last call? If the process
 * has moved to another cgroup, also open the files of this cgroup.
 */
static bool hear(void)
{
	bool news = hak_wake_news(&pressure, is_free());

	if (!pressure.stale)
		return news;
	pressure.stale = false;
	if (!is_free())
		return news;
	/* Close the ring too, which polls the descriptors of the old cgroup. */
	hak_ring_close();
	hak_pressure_close(&pressure);
	hak_ring_unpark();
	hak_cgroup_close(&cgroup);
	listen();
	return hak_wake_news(&pressure, true) || news;
}

/*
 * Read the cgroup's memory limit again, because the limit may have changed. `pressed`:
 * memory is short, so read at once.
 */
static void read_limit(bool pressed)
{
	uint32_t now = hak_clock_ms();

	if (!cgroup.count || (!pressed && now - read_at < LIMIT_MS))
		return;
	read_at = now;
	hak_budget_limit(hak_cgroup_limit_now(&cgroup));
}

/* Give back what only a shortage of memory frees: kept medium blocks, cold superslabs. */
static void memory_is_short(void)
{
	unsigned i;

	for (i = 0; i < hak_topology_nodes(); i++)
		hak_medium_trim(hak_nodes[i]);
	hak_observe_cool();
}

/*
 * The keeper's own work may set the note CALL, which asks for one more round. Take the
 * note and wake the keeper, because otherwise the note waits until a thread of the
 * program ends a slow path, perhaps for a long time. The keeper takes no other note:
 * the notes about spans are for the program's threads, and the keeper checks all spans
 * in each round.
 */
static void take_calls(void)
{
	if (hak_todo_take(HAK_TODO_CALL) && !hak_wake_keeper())
		hak_wake_want();
}

/*
 * Tend the tcaches of idle threads; if memory is short (`pressed`), of all threads.
 * Returns the milliseconds until the next check for idle threads; HAK_NEVER if a thread
 * will wake the keeper.
 */
static uint32_t tend(bool pressed)
{
	uint32_t now = hak_clock_ms();

	if (!is_free() || (looks == LOOKS && !pressed))
		return HAK_NEVER;
	if (!pressed && now - looked < LOOK_MS)
		return LOOK_MS - (now - looked);
	looked = now;
	looks += looks < LOOKS;
	hak_threads_tend(pressed, pressed || looks == LOOKS);
	return looks < LOOKS ? LOOK_MS : HAK_NEVER;
}

/*
 * Should the keeper stay only to wait for a shortage of memory? hak_decommit_worth()
 * costs time, so call it only if the answer decides whether the keeper stays.
 */
static bool listens(const struct hak_seen *seen)
{
	return seen->work_ms == HAK_NEVER && !seen->permanent && is_free() &&
	       pressure.count && hak_decommit_worth();
}

void hak_round_work(struct hak_seen *seen)
{
	uint32_t next, after;
	bool pressed;

	/*
	 * Check the watcher before taking any lock. If the watcher has died, a thread
	 * that userfaultfd has stopped may hold the lock, and would never drop it.
	 */
	hak_watcher_check();
	pressed = hear();
	read_limit(pressed);
	if (pressed)
		memory_is_short();
	after = tend(pressed);
	next = hak_decommit_tick(self, pressed);
	take_calls();
	next = after < next ? after : next;
	after = hak_budget_fades();
	seen->work_ms = after < next ? after : next;
	seen->listens = listens(seen);
}

void hak_round_watch(struct hak_seen *seen)
{
	uint32_t watch = hak_watcher_tick();

	seen->watch_ms = watch < COUNT_MS ? watch : COUNT_MS;
}
