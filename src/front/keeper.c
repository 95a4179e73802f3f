/* SPDX-License-Identifier: MIT */
/*
 * keeper.c - the library's own thread: gives memory back.
 *
 * Owns    the keeper: birth, descriptors, end.
 * Locks   none; born with no lock held, the keeper takes the locks of decommit.h.
 * Calls   birth.h, watcher.h, heap/, cache/thread.h, cache/claim.h.
 */
#include "front/keeper.h"

#include "reclaim/budget.h"
#include "reclaim/child.h"
#include "reclaim/decommit.h"
#include "reclaim/settle.h"
#include "watch/observe.h"
#include "watch/watcher.h"
#include "cache/claim.h"
#include "cache/thread.h"
#include "heap/block.h"
#include "heap/node.h"
#include "heap/window.h"
#include "numa/topology.h"
#include "os/birth.h"
#include "os/cgroup.h"
#include "os/clock.h"
#include "os/pressure.h"
#include "os/ring.h"
#include "os/self.h"
#include "os/wake.h"
#include "base/atomic.h"
#include "base/lock.h"
#include "base/options.h"
#include "base/sys.h"
#include "base/todo.h"

#include <errno.h>
#include <linux/sched.h>

enum {
	BACK_OFF_MS = 60000, /* pause after a failed birth */
	LOOK_MS = 500,	 /* a thread silent for so long is idle */
	LOOKS = 6,	 /* looks at idle threads, after a wake-up */
	LIMIT_MS = 1000, /* longest unseen change of a limit */
	LINGER_MS = 3000, /* least time from birth to end */
	COUNT_MS =
		300000, /* interval of a sleeping keeper's check for ended threads */
	LEAVES = HAK_NEVER - 1,
};

/* Used by the keeper only */
static bool has_to_go; /* even with work left */
static bool filtered; /* perhaps filtered: only the calls of self.h are safe */
static unsigned looks;
static uint32_t looked; /* by hak_clock_ms(), like the next two */
static uint32_t born;
static uint32_t counted;
static uint32_t left_at; /* when the last other thread was missed, or 0 */
static struct hak_pressure pressure;
static struct hak_cgroup cgroup;
static struct hak_cgroup_text cgroup_text;
static uint32_t read_at; /* time of the last read of the limit, by hak_clock_ms() */

/* Time of the last failed birth, by hak_clock_ms(); 0: none. */
static _Atomic uint32_t failed_at;

static enum hak_keeper wanted(void)
{
	enum hak_keeper option = (enum hak_keeper)hak_option(HAK_OPTION_KEEPER);

	/* A guard or an observation runs from the start, and needs a keeper. */
	if (option == HAK_KEEPER_AUTO && hak_watcher_wanted())
		return HAK_KEEPER_ON;
	return option;
}

/* ---- The keeper's work --------------------------------------------------- */

/*
 * Replace the priority and affinity inherited from the creating thread: run with
 * normal priority, on the processors of the process's first thread.
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

/* Open no descriptor if the keeper shares the program's table or may be filtered. */
static void settle_in(void)
{
	enum hak_self self = hak_self_open();

	filtered = self != HAK_SELF_FREE;
	pressure = (struct hak_pressure){ .where = -1 };
	cgroup.count = 0;
	if (self != HAK_SELF_SHARED)
		hak_text_from_apart(0, true);
	/* The watcher inherits the keeper's affinity and priority. */
	if (!filtered)
		calm_down();
	hak_watcher_start(filtered);
	if (filtered)
		return;
	hak_claim_open();
	hak_pressure_open(&pressure);
	hak_ring_park(pressure.fd, pressure.count);
	hak_budget_limit(hak_cgroup_limit(&cgroup, &cgroup_text));
}

/* Number of the program's threads, an upper bound. */
static uint32_t others(void)
{
	return hak_self_threads() - 1;
}

/* Is there news of pressure? */
static bool hear(void)
{
	bool news = hak_wake_news(&pressure, !filtered);

	if (!pressure.stale)
		return news;
	pressure.stale = false;
	if (filtered)
		return news;
	/* The ring still listens to the old cgroup's descriptors. */
	hak_ring_close();
	hak_pressure_close(&pressure);
	hak_ring_unpark();
	hak_pressure_open(&pressure);
	hak_ring_park(pressure.fd, pressure.count);
	hak_cgroup_close(&cgroup);
	hak_budget_limit(hak_cgroup_limit(&cgroup, &cgroup_text));
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
 * Take the calls left while the keeper worked: perhaps no slow path ends for a long
 * time. The keeper rings for itself in order to look again. Notes about spans are for
 * threads of the program: the keeper's next tick looks at all spans.
 */
static void take_calls(void)
{
	if (hak_todo_take(HAK_TODO_CALL) && !hak_wake_ring())
		hak_wake_want();
}

/*
 * Look at the caches of idle threads. Returns milliseconds until the next look,
 * or HAK_NEVER.
 */
static uint32_t look(bool pressed)
{
	uint32_t now = hak_clock_ms();

	if (filtered || (looks == LOOKS && !pressed))
		return HAK_NEVER;
	if (!pressed && now - looked < LOOK_MS)
		return LOOK_MS - (now - looked);
	looked = now;
	looks += looks < LOOKS;
	hak_threads_tend(pressed, pressed || looks == LOOKS);
	return looks < LOOKS ? LOOK_MS : HAK_NEVER;
}

/*
 * Has the keeper outlived the program's threads? A thread that ends in the usual way
 * dismisses the keeper, so the keeper gives the thread time for that.
 */
static bool is_left(void)
{
	uint32_t now = hak_clock_ms();
	uint32_t alive;

	if (now - counted >= LOOK_MS) {
		counted = now;
		hak_threads_bury(others);
	}
	alive = hak_threads_alive();
	if (alive > 1 || (alive && wanted() == HAK_KEEPER_ON))
		left_at = 0;
	else if (!left_at)
		left_at = now | 1;
	return left_at && now - left_at + 1 >= LOOK_MS;
}

/* Milliseconds an idle keeper stays, or LEAVES. */
static uint32_t linger(void)
{
	uint32_t age = hak_clock_ms() - born;

	/*
	 * A thread pins the process's namespaces, and blocks calls reserved for
	 * single-threaded processes. So a keeper without work ends. The keeper
	 * does not end at once, to avoid frequent births, and never under a
	 * filter, which may kill for the calls at a thread's end.
	 */
	if (wanted() == HAK_KEEPER_ON || filtered ||
	    (pressure.count && hak_decommit_worth()))
		return HAK_NEVER;
	return age < LINGER_MS ? LINGER_MS - age : LEAVES;
}

/* Returns milliseconds until the next possible work, HAK_NEVER, or LEAVES. */
static uint32_t work(void)
{
	uint32_t next, after;
	bool pressed;

	if (hak_wake_heard())
		looks = 0;
	if (has_to_go || hak_wake_dismissed() || is_left())
		return LEAVES;
	if (!filtered && hak_self_look() != HAK_SELF_FREE) {
		filtered = true;
		/*
		 * Under the filter nobody may close the descriptors. They end
		 * with the keeper's table, so the keeper has to end.
		 */
		has_to_go = hak_watcher_abandon(HAK_MODE_FORBIDDEN);
		if (has_to_go)
			return LEAVES;
	}
	/* Check first: a thread stopped by userfaultfd may hold any lock. */
	hak_watcher_check();
	pressed = hear();
	read_limit(pressed);
	if (pressed)
		memory_is_short();
	after = look(pressed);
	next = hak_decommit_tick(filtered, pressed);
	take_calls();
	next = after < next ? after : next;
	after = hak_budget_fades();
	next = after < next ? after : next;
	if (left_at && next > LOOK_MS)
		return LOOK_MS;
	return next == HAK_NEVER ? linger() : next;
}

static void begin(void)
{
	/*
	 * In a child forked without handlers the records still show the parent's
	 * ring.
	 */
	hak_ring_forget();
	hak_watcher_forget();
	hak_thread_without();
	settle_in();
	looks = 0;
	born = hak_clock_ms();
	counted = born - LOOK_MS;
	left_at = 0;
}

static void end(bool settles)
{
	hak_watcher_stop(HAK_MODE_NO_KEEPER);
	/* The kernel closes the keeper's descriptors with their table. */
	hak_ring_close();
	hak_text_from_apart(0, false);
	hak_self_close();
	/* A permanent keeper has to be born again if any thread remains. */
	if (wanted() == HAK_KEEPER_ON)
		hak_wake_want();
	if (settles)
		hak_settle_all();
}

/*
 * Returns milliseconds until the next possible work, HAK_NEVER, or LEAVES. Sets
 * *ret_watch to milliseconds until the next check of the watcher.
 */
static uint32_t work_on(uint32_t *ret_watch)
{
	uint32_t next = work();
	uint32_t watch;

	if (next == LEAVES)
		return LEAVES;
	watch = hak_watcher_tick();
	*ret_watch = watch < COUNT_MS ? watch : COUNT_MS;
	if (next != HAK_NEVER)
		return next;
	hak_wake_doze();
	return work();
}

static void *keep(void *unused)
{
	enum hak_wake_left left = HAK_WAKE_STAYS;
	uint32_t watch = 0;
	uint32_t next;

	(void)unused;
	has_to_go = !hak_wake_begin();
	begin();
	while (left == HAK_WAKE_STAYS) {
		next = work_on(&watch);
		if (next == LEAVES)
			left = hak_wake_leave();
		else if (next == HAK_NEVER)
			hak_wake_sleep(watch, &pressure);
		else
			hak_wake_nap(next < watch ? next : watch);
	}
	end(has_to_go || left == HAK_WAKE_LEFT_ALONE);
	return NULL;
}

/* ---- The keeper's birth -------------------------------------------------- */

static bool failed_of_late(void)
{
	uint32_t at = hak_read_once(&failed_at);

	return at && hak_clock_ms() - at < BACK_OFF_MS;
}

/* False if the previous keeper has not ended yet. */
static bool make(void)
{
	bool stays = wanted() == HAK_KEEPER_ON;

	if (!hak_wake_enter(stays))
		return !hak_wake_ends();
	/*
	 * A thread may have ended since the check, before it could see the new
	 * keeper.
	 */
	if (!stays && hak_threads_alive() <= 1) {
		hak_wake_back_out();
	} else if (hak_birth_of_keeper(keep)) {
		hak_write_once(&failed_at, hak_clock_ms() | 1);
		hak_wake_back_out();
	} else {
		hak_stat_add(&hak_window.span[0].stats, HAK_STAT_KEEPERS, 1);
	}
	return true;
}

void hak_keeper_make(const void *caller)
{
	enum hak_keeper option = wanted();
	int before = errno;

	/* During a fork the child has not yet forgotten the parent's keeper. */
	if (hak_lock_is_forking())
		return;
	hak_child_look();
	if (option != HAK_KEEPER_OFF && !hak_wake_answered() &&
	    (option == HAK_KEEPER_ON || hak_threads_alive() > 1) &&
	    !failed_of_late() && hak_threads_may_be_born()) {
		/*
		 * Otherwise leave the birth to a later free. The thread needs a
		 * tcache, so that its end is noticed.
		 */
		if (!hak_birth_is_safe(caller) || !hak_thread_tcache() ||
		    !make())
			return;
	}
	hak_todo_take(HAK_TODO_KEEPER);
	errno = before;
}

/* The keeper ends with the last tcache in use, so this thread needs a tcache. */
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
	 * Fork handlers of a malloc wrapper may still have to run. A signal
	 * handler may have forked in the middle of hakmem's code. Then leave the
	 * birth to a later free.
	 */
	if (!hak_birth_is_ours() || hak_lock_any_is_mine() ||
	    hak_claim_at_work(hak_tls))
		hak_wake_want();
	else
		make_to_stay();
}
