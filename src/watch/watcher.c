/* SPDX-License-Identifier: MIT */
/*
 * watcher.c - starts and stops guard and observation, and the thread that
 * answers userfaultfd events.
 *
 * Owns    the watcher, and the eventfd(2) that tells the watcher to end.
 * Locks   the watcher may take none: see watcher.h.
 * Calls   birth.h, os/self.h, watch/guard.h, watch/sample.h, cache/thread.h.
 */
#include "watch/watcher.h"

#include "watch/guard.h"
#include "watch/observe.h"
#include "watch/sample.h"
#include "cache/thread.h"
#include "heap/armed.h"
#include "os/birth.h"
#include "os/clock.h"
#include "os/self.h"
#include "os/wake.h"
#include "base/atomic.h"
#include "base/page.h"
#include "base/sys.h"
#include "base/text.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <time.h>

enum {
	ALIVE_MS = 1000, /* between the keeper's checks that the watcher lives */
	FILTER_S = 1,	 /* between the watcher's checks for a seccomp filter */
	STEP_MS = 5,	 /* between two checks, while the keeper waits for the watcher's end */
	GONE_MS = 10000, /* longest wait for the watcher's end */
	TOUCHES = 16,	 /* most touches in one read */
	/* indexes in the array for poll(2) */
	GUARD = 0,
	OBSERVE,
	END,
	FDS,
};

/* Written by the keeper only; constant while there is a watcher. */
static pthread_t thread;
static bool made;    /* there is a watcher, which the keeper still has to join */
static int end = -1; /* an eventfd(2) that tells the watcher to end, or -1 */

/*
 * Is the watcher under a seccomp filter? Call this before any other system call,
 * because the filter may kill the process for the call. With a filter the keeper has to
 * end too: keeper and watcher share a descriptor table, and the kernel closes it only
 * after the end of both.
 */
static bool is_filtered(int status)
{
	if (!hak_self_filtered(status))
		return false;
	hak_wake_call();
	return true;
}

/*
 * Wait for a touch, or until the watcher has to end. Return after FILTER_S in any case,
 * because only the watcher can see its own thread's filter.
 */
static long wait_for_news(struct pollfd *fds)
{
	struct timespec most = { FILTER_S, 0 }; /* ppoll(2) changes the value */

	return sys_poll(fds, FDS, &most);
}

static bool answer(const struct hak_uffd *uffd,
		   void (*touched)(const struct hak_touch *))
{
	struct hak_touch touches[TOUCHES];
	int count = hak_uffd_read(uffd, touches, TOUCHES);
	int i;

	for (i = 0; i < count; i++)
		touched(&touches[i]);
	return count >= 0;
}

/*
 * The watcher's life. The watcher shares the keeper's descriptor table, and inherits
 * the keeper's signal mask.
 */
static void *watch(void *unused)
{
	struct pollfd fds[FDS] = {
		[GUARD] = { hak_guard_uffd()->fd, POLLIN, 0 },
		[OBSERVE] = { hak_sample_uffd()->fd, POLLIN, 0 },
		[END] = { end, POLLIN, 0 },
	};
	int status = hak_self_status();
	bool works = status >= 0;
	long got;

	(void)unused;
	hak_thread_without();
	hak_text_from_apart(1, true);
	sys_set_name("hakmem-watcher");
	while (works && !fds[END].revents) {
		got = wait_for_news(fds);
		if ((got < 0 && got != -EINTR) || is_filtered(status))
			break;
		if (got > 0 && fds[GUARD].revents)
			works &= answer(hak_guard_uffd(), hak_guard_touched);
		if (got > 0 && fds[OBSERVE].revents)
			works &=
				answer(hak_sample_uffd(), hak_sample_touched);
	}
	hak_text_from_apart(1, false);
	return NULL;
}

static bool needed(void)
{
	return hak_guard_uffd()->fd >= 0 || hak_sample_uffd()->fd >= 0;
}

static bool start(void)
{
	if (!needed())
		return true;
	end = (int)sys_eventfd(0, 0);
	made = end >= 0 && !hak_birth_of_watcher(watch, &thread);
	return made;
}

static bool alive(void)
{
	/* Join the watcher if it has ended. */
	if (made && !pthread_tryjoin_np(thread, NULL))
		made = false;
	return made;
}

static void tell_to_end(void)
{
	const uint64_t one = 1;

	if (end >= 0)
		sys_write(end, &one, sizeof(one));
}

/*
 * Wait for the watcher's end, by system calls that every usable filter allows. The
 * watcher finds the filter by itself, and ends. True if the watcher is gone.
 */
static bool wait_until_gone(void)
{
	uint32_t from = hak_clock_ms();

	while (alive() && hak_clock_ms() - from < GONE_MS)
		hak_clock_sleep(STEP_MS);
	return !made;
}

static void join(void)
{
	if (made)
		pthread_join(thread, NULL);
	made = false;
	if (end >= 0)
		sys_close(end);
	end = -1;
}

/* ---- For the keeper ------------------------------------------------------ */

bool hak_watcher_wanted(void)
{
	return hak_armed_wanted() || hak_observe_wanted();
}

void hak_watcher_start(enum hak_self self)
{
	hak_guard_open(self);
	hak_observe_open(self);
	if (start())
		hak_guard_arm_again();
	else
		hak_watcher_stop(HAK_MODE_LOST);
}

void hak_watcher_stop(enum hak_mode why)
{
	if (needed() && hak_self_look() == HAK_SELF_FILTERED) {
		hak_watcher_abandon(HAK_MODE_FORBIDDEN);
		return;
	}
	tell_to_end();
	/*
	 * The close lets every thread continue that the kernel has stopped at a touch,
	 * even if the watcher does not answer.
	 */
	hak_guard_close(why);
	hak_observe_close(why);
	join();
}

bool hak_watcher_abandon(enum hak_mode why)
{
	bool was_open = needed();

	/*
	 * The C library runs exit() in the last thread of the process. This thread must
	 * be neither the watcher nor the keeper, so wait for the watcher's end here.
	 */
	if (!wait_until_gone())
		pthread_detach(thread);
	made = false;
	end = -1;
	hak_guard_forget(why);
	hak_observe_forget(why);
	return was_open;
}

void hak_watcher_check(void)
{
	/*
	 * If a seccomp filter has ended the watcher, do nothing here: the watcher has
	 * woken the keeper, and the keeper calls hak_watcher_abandon().
	 */
	if (needed() && !alive() && hak_self_look() != HAK_SELF_FILTERED)
		hak_watcher_stop(HAK_MODE_LOST);
}

uint32_t hak_watcher_tick(void)
{
	uint32_t next = HAK_NEVER;

	if (hak_observe_wanted() && hak_self_look() == HAK_SELF_FREE)
		next = hak_observe_tick();
	return made && next > ALIVE_MS ? ALIVE_MS : next;
}

void hak_watcher_forget(void)
{
	made = false;
	end = -1;
	hak_guard_forget(HAK_MODE_NO_KEEPER);
	hak_observe_forget(HAK_MODE_NO_KEEPER);
}

void hak_watcher_without(void)
{
	if (hak_armed_wanted())
		hak_write_once(&hak_stats_page.guard, HAK_MODE_NO_KEEPER);
	if (hak_observe_wanted())
		hak_write_once(&hak_stats_page.heat, HAK_MODE_NO_KEEPER);
}
