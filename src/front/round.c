/* SPDX-License-Identifier: MIT */
/*
 * round.c - what the keeper looks for, and the work of a round.
 *
 * Owns    the keeper's permissions, the descriptors of pressure and limits, and
 *         the times of the last looks.
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
	LOOK_MS = 500,	 /* after this time without a slow path: idle */
	LOOKS = 6,	 /* looks at idle threads, after a wake-up */
	LIMIT_MS = 1000, /* a changed limit may stay unnoticed for this time */
	COUNT_MS = 300000, /* between a sleeping keeper's thread counts */
};

static enum hak_self self; /* which calls are safe */
static bool has_to_go;
static unsigned looks;
static uint32_t looked; /* by hak_clock_ms(), like the next three */
static uint32_t born;
static uint32_t counted;
static uint32_t read_at; /* time of the last read of the limit */
static uint32_t left_at; /* when no thread of the program was left, or 0 */
static struct hak_pressure pressure;
static struct hak_cgroup cgroup;
static struct hak_cgroup_text cgroup_text;

static bool is_free(void)
{
	return self == HAK_SELF_FREE;
}

/* ---- Opening ------------------------------------------------------------- */

/*
 * The keeper inherits the priority and affinity of the thread that creates the
 * keeper. Use normal priority, and the processors of the process's first
 * thread.
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

static void listen(void)
{
	hak_pressure_open(&pressure);
	hak_ring_park(pressure.fd, pressure.count);
	hak_budget_limit(hak_cgroup_limit(&cgroup, &cgroup_text));
}

/*
 * Open no descriptor if the keeper shares the program's table, or if a filter
 * may be in force.
 */
static void open_what_is_safe(void)
{
	self = hak_self_open();
	pressure = (struct hak_pressure){ .where = -1 };
	cgroup.count = 0;
	if (self != HAK_SELF_SHARED)
		hak_text_from_apart(0, true);
	/* The watcher inherits the keeper's affinity and priority. */
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
	 * After a fork without handlers the records still describe the parent's
	 * ring.
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
	/* The kernel closes the keeper's descriptors with their table. */
	hak_ring_close();
	hak_text_from_apart(0, false);
	hak_self_close();
}

const struct hak_pressure *hak_round_pressure(void)
{
	return &pressure;
}

/* ---- Looking ------------------------------------------------------------- */

/* Number of the program's threads, an upper bound. */
static uint32_t others(void)
{
	return hak_self_threads() - 1;
}

/*
 * Have all threads of the program ended? A thread that ends in the usual way
 * dismisses the keeper, so first give the thread time to do so.
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
 * Has a filter appeared? Under a filter no thread may close the descriptors.
 * The kernel closes the descriptors with the keeper's table, so the keeper has
 * to end.
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

/* Is there news of pressure? */
static bool hear(void)
{
	bool news = hak_wake_news(&pressure, is_free());

	if (!pressure.stale)
		return news;
	pressure.stale = false;
	if (!is_free())
		return news;
	/* The ring still polls the descriptors of the old cgroup. */
	hak_ring_close();
	hak_pressure_close(&pressure);
	hak_ring_unpark();
	hak_cgroup_close(&cgroup);
	listen();
	return hak_wake_news(&pressure, true) || news;
}

/* Read the process's memory limit again; the limit may have changed. */
static void read_limit(bool pressed)
{
	uint32_t now = hak_clock_ms();

	if (!cgroup.count || (!pressed && now - read_at < LIMIT_MS))
		return;
	read_at = now;
	hak_budget_limit(hak_cgroup_limit_now(&cgroup));
}

static void memory_is_short(void)
{
	unsigned i;

	for (i = 0; i < hak_topology_nodes(); i++)
		hak_medium_trim(hak_nodes[i]);
	hak_observe_cool();
}

/*
 * If a thread has set the note CALL while the keeper worked, take the note and
 * wake the keeper again. Otherwise the note may wait for a long time, until a
 * thread ends a slow path. The notes about spans stay for the program's
 * threads, because the keeper checks all spans in its next tick.
 */
static void take_calls(void)
{
	if (hak_todo_take(HAK_TODO_CALL) && !hak_wake_keeper())
		hak_wake_want();
}

/*
 * Tend the tcaches of idle threads. Returns the milliseconds until the next
 * time, or HAK_NEVER.
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
 * Would a shortage of memory be work for the keeper? The question costs time,
 * so ask only if the answer decides whether the keeper stays.
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
	 * Check the watcher first: if the watcher is dead, a thread that
	 * userfaultfd has stopped may hold any lock.
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
