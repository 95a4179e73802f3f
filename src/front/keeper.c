/* SPDX-License-Identifier: MIT */
/*
 * keeper.c - the one thread of our own, which gives memory back.
 *
 * Owns    the keeper: its birth, its descriptors, its end.
 * Locks   none; it is born with none held, and takes what decommit.h does.
 * Calls   watcher.h, heap/, cache/thread.h, cache/claim.h.
 * Called by  malloc.c, init.c, fork.c.
 */
#include "keeper.h"
#include "watcher.h"

#include "block.h"
#include "budget.h"
#include "claim.h"
#include "decommit.h"
#include "node.h"
#include "observe.h"
#include "thread.h"
#include "window.h"

#include "cgroup.h"
#include "clock.h"
#include "lock.h"
#include "options.h"
#include "pressure.h"
#include "ring.h"
#include "self.h"
#include "topology.h"

#include "arch.h"

#include <dlfcn.h>
#include <errno.h>
#include <linux/sched.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/single_threaded.h>
#include <sys/syscall.h>

enum {
	STACK_BYTES = 256 << 10, /* of addresses; a few pages are used */
	BACK_OFF_MS = 60000,	 /* after a birth that failed */
	TRIES_MAX = 3,		 /* to find that nobody else is left */
	LOOK_MS = 500,	 /* in which a thread that is not idle does something */
	LOOKS = 6,	 /* at idle threads, after the bell rang */
	LIMIT_MS = 1000, /* in which a limit may change unseen */
	LEAVES = HAK_NEVER - 1,
};

/* Of the C library's own: thread cancellation, and setuid for all threads. */
#define OWN_SIGNALS (3UL << 31)

/* The keeper's */
static bool filtered; /* it may be: only the calls of self.h are safe */
static unsigned tries;
static unsigned looks;
static uint32_t looked; /* by hak_clock_ms() */
static struct hak_pressure pressure;
static struct hak_cgroup cgroup;
static uint32_t read_at; /* its limit, by hak_clock_ms() */

/* Only tcaches tell of threads now: libc does not notice that they end. */
static _Atomic bool solitary;

/* When a birth failed last, by hak_clock_ms(); 0: none did. */
static _Atomic uint32_t failed_at;

/* glibc 2.35 and later: which object an address is in, without a lock. */
extern int _dl_find_object(void *, struct dl_find_object *)
	__attribute__((weak));
extern void *__tls_get_addr(void *) __attribute__((weak));
void __libc_free(void *) __attribute__((weak));

static enum hak_keeper wanted(void)
{
	enum hak_keeper option = (enum hak_keeper)hak_option(HAK_OPTION_KEEPER);

	/* What is watched is watched from the start, and by a keeper. */
	if (option == HAK_KEEPER_AUTO && hak_watcher_wanted())
		return HAK_KEEPER_ON;
	return option;
}

/* ---- What it does -------------------------------------------------------- */

/* Not pinned where its maker is, nor as urgent; as the process was meant to be. */
static void calm_down(void)
{
	static unsigned long cpus[1024 / sizeof(long)];
	const int normal = 0;
	long pid = arch_syscall(SYS_getpid, 0, 0, 0, 0, 0, 0);
	long bytes = arch_syscall(SYS_sched_getaffinity, pid, sizeof(cpus),
				  (long)cpus, 0, 0, 0);

	arch_syscall(SYS_sched_setscheduler, 0, SCHED_NORMAL, (long)&normal, 0,
		     0, 0);
	if (bytes > 0)
		arch_syscall(SYS_sched_setaffinity, 0, bytes, (long)cpus, 0, 0,
			     0);
	arch_syscall(SYS_prctl, PR_SET_NAME, (long)"hakmem-keeper", 0, 0, 0, 0);
}

/* Where it has no descriptors of its own, or may be filtered, it opens none. */
static void settle_in(void)
{
	enum hak_self self = hak_self_open();

	filtered = self != HAK_SELF_FREE;
	pressure = (struct hak_pressure){ .where = -1 };
	cgroup.count = 0;
	if (self != HAK_SELF_SHARED)
		hak_text_from_apart(0, true);
	/* The watcher is as calm as its maker. */
	if (!filtered)
		calm_down();
	hak_watcher_start(filtered);
	if (filtered)
		return;
	hak_claim_open();
	hak_pressure_open(&pressure);
	hak_budget_limit(hak_cgroup_limit(&cgroup));
}

/*
 * All that had a tcache have ended. Should they have been all there were, then
 * the process ends with us, and until then no signal but SIGKILL would end it.
 */
static bool is_last(void)
{
	return hak_threads_alive() == 0 && hak_stat_sum(HAK_STAT_TCACHES_MADE);
}

static bool is_alone(void)
{
	/* A filter that came may kill for what a thread calls at its end. */
	if (wanted() == HAK_KEEPER_ON || hak_self_filter_came() ||
	    hak_threads_alive() > 1 || tries == TRIES_MAX)
		return false;
	/* Its workers are threads of the process too. */
	hak_ring_close();
	return hak_self_threads() <= 2;
}

/* Is there news of pressure? */
static bool hear(void)
{
	bool news = hak_bell_news(&pressure, !filtered);

	if (!pressure.stale)
		return news;
	pressure.stale = false;
	if (filtered)
		return news;
	/* The ring still listens to what was there. */
	hak_ring_close();
	hak_pressure_close(&pressure);
	hak_pressure_open(&pressure);
	hak_cgroup_close(&cgroup);
	hak_budget_limit(hak_cgroup_limit(&cgroup));
	return hak_bell_news(&pressure, true) || news;
}

/* What the process may have, which may be another than it was. */
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

/* At what idle threads have. Milliseconds until the next look, or HAK_NEVER. */
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

/* Milliseconds until there may be more to do, HAK_NEVER, or LEAVES. */
static uint32_t work(void)
{
	uint32_t next, after;
	bool pressed;

	if (hak_bell_heard()) {
		tries = 0;
		looks = 0;
	}
	if (is_last())
		return LEAVES;
	if (!filtered && hak_self_look() != HAK_SELF_FREE) {
		filtered = true;
		/* What nobody may close ends with the table that it is in. */
		if (hak_watcher_abandon(HAK_MODE_FORBIDDEN))
			return LEAVES;
	}
	/* First of all: who is stopped may hold any lock. */
	hak_watcher_check();
	pressed = hear();
	read_limit(pressed);
	if (pressed)
		memory_is_short();
	after = look(pressed);
	next = hak_decommit_tick(filtered, pressed);
	/* Who is alone wants no keeper that only looks, or waits. */
	if (hak_threads_alive() > 1) {
		next = after < next ? after : next;
		after = hak_budget_fades();
		next = after < next ? after : next;
	}
	if (next != HAK_NEVER)
		return next;
	if (is_alone())
		return LEAVES;
	/* Who is about to end may not have ended yet. */
	if (hak_threads_alive() <= 1 && tries < TRIES_MAX)
		return 10U << 3 * tries++;
	return next;
}

static void *keep(void *unused)
{
	uint32_t next, watch;
	unsigned i;

	(void)unused;
	/* Where no handler told of a fork there seems to be one. */
	hak_ring_forget();
	hak_watcher_forget();
	hak_thread_without();
	settle_in();
	tries = 0;
	looks = 0;
	while ((next = work()) != LEAVES) {
		watch = hak_watcher_tick();
		if (next == HAK_NEVER) {
			hak_bell_doze();
			next = work();
			if (next == LEAVES)
				break;
		}
		if (next == HAK_NEVER)
			hak_bell_sleep(watch, &pressure);
		else
			hak_bell_nap(next < watch ? next : watch);
	}
	hak_watcher_stop(HAK_MODE_NO_KEEPER);
	atomic_store_explicit(&solitary, true, memory_order_relaxed);
	/* With its table of descriptors all that it opened is closed. */
	hak_ring_close();
	hak_text_from_apart(0, false);
	hak_self_close();
	hak_bell_leave();
	/* What rang meanwhile was not heard. */
	for (i = 0; i < hak_window.spans; i++)
		hak_decommit_settle(&hak_window.span[i]);
	return NULL;
}

/* ---- Its birth ----------------------------------------------------------- */

static bool is_in(const struct dl_find_object *object, const void *address)
{
	return (const char *)address >= (const char *)object->dlfo_map_start &&
	       (const char *)address < (const char *)object->dlfo_map_end;
}

/*
 * The C library may free with a lock that pthread_create needs too. True if the
 * caller is not of it, nor of this library, which may be called by it.
 */
static bool is_program(const void *caller)
{
	struct dl_find_object object;

	return &_dl_find_object && caller &&
	       _dl_find_object((void *)caller, &object) == 0 &&
	       !is_in(&object, (const void *)__libc_free) &&
	       !is_in(&object, (const void *)__tls_get_addr) &&
	       !is_in(&object, (const void *)hak_keeper_make);
}

static int create(void)
{
	uint64_t all = ~OWN_SIGNALS;
	uint64_t before;
	pthread_attr_t how;
	pthread_t thread;
	int err;

	if (pthread_attr_init(&how))
		return -1;
	pthread_attr_setdetachstate(&how, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&how, STACK_BYTES);
	arch_syscall(SYS_rt_sigprocmask, SIG_SETMASK, (long)&all, (long)&before,
		     sizeof(all), 0, 0);
	err = pthread_create(&thread, &how, keep, NULL);
	arch_syscall(SYS_rt_sigprocmask, SIG_SETMASK, (long)&before, 0,
		     sizeof(all), 0, 0);
	pthread_attr_destroy(&how);
	return err;
}

static bool has_threads(void)
{
	return hak_threads_alive() > 1 ||
	       (!__libc_single_threaded &&
		!atomic_load_explicit(&solitary, memory_order_relaxed));
}

static bool failed_of_late(void)
{
	uint32_t at = atomic_load_explicit(&failed_at, memory_order_relaxed);

	return at && hak_clock_ms() - at < BACK_OFF_MS;
}

static void make(void)
{
	/* In a child that has been forked since, there is none. */
	if (!hak_bell_enter())
		return;
	if (create()) {
		atomic_store_explicit(&failed_at, hak_clock_ms() | 1,
				      memory_order_relaxed);
		hak_bell_leave();
	} else {
		hak_stat_add(&hak_window.span[0].stats, HAK_STAT_KEEPERS, 1);
	}
}

void hak_keeper_make(const void *caller)
{
	enum hak_keeper option = wanted();
	int before = errno;

	/* Amid a fork it would be there before what was the parent's is forgotten. */
	if (hak_lock_is_forking())
		return;
	if (option != HAK_KEEPER_OFF && !hak_bell_answered() &&
	    (option == HAK_KEEPER_ON || has_threads()) && !failed_of_late() &&
	    !hak_self_filter_came()) {
		/* Left to the next free. */
		if (!is_program(caller))
			return;
		make();
	}
	atomic_store_explicit(&hak_bell_wanted, false, memory_order_relaxed);
	errno = before;
}

void hak_keeper_init(void)
{
	enum hak_keeper option = wanted();

	if (option == HAK_KEEPER_ON)
		make();
	if (option == HAK_KEEPER_OFF)
		hak_watcher_without();
}

void hak_keeper_after_fork(void)
{
	atomic_store_explicit(&solitary, true, memory_order_relaxed);
	hak_text_from_apart(0, false);
	hak_self_close();
	hak_watcher_forget();
	hak_decommit_after_fork();
}
