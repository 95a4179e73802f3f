/* SPDX-License-Identifier: MIT */
/*
 * wake.c - who rings is heard by whoever is there, while there is somebody:
 * no ring is lost, and in a child nobody hears. Who is dismissed is gone soon.
 */
#include "os/wake.h"

#include "unit/heap.h"

#include "reclaim/decommit.h"
#include "os/clock.h"
#include "ktap_stats.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>

enum { ROUNDS = 5000, PATIENCE = 100 };

static const struct hak_pressure none = { .count = 0 };

static void nobody(void)
{
	unit_expect(!hak_wake_answered() && !hak_wake_keeper());
	unit_expect(hak_wake_enter(false));
	unit_expect(hak_wake_answered() && hak_wake_keeper());
	unit_expect(!hak_wake_enter(false));
	hak_wake_back_out();
	unit_expect(!hak_wake_answered() && !hak_wake_keeper());
	unit_expect(hak_wake_enter(false));
	hak_wake_back_out();
	unit_result("one at a time is let in, and heard while it is there");
}

static void timed(void)
{
	long before = ktap_ms();

	unit_expect(hak_wake_enter(false));
	hak_wake_nap(50);
	unit_expect(ktap_ms() >= before + 49);
	before = ktap_ms();
	hak_wake_doze();
	hak_wake_sleep(50, &none);
	unit_expect(ktap_ms() >= before + 49);
	/* Rung, however long it was to sleep. */
	before = ktap_ms();
	hak_wake_doze();
	unit_expect(hak_wake_keeper());
	hak_wake_sleep(60000, &none);
	unit_expect(ktap_ms() < before + 50000 && hak_wake_heard());
	unit_expect(hak_wake_answered());
	/* Rung before it sleeps: the next sleep is none. */
	hak_wake_doze();
	unit_expect(!hak_wake_heard());
	unit_expect(hak_wake_keeper() && hak_wake_keeper());
	hak_wake_sleep(HAK_NEVER, &none);
	unit_expect(hak_wake_heard() && !hak_wake_heard());
	/* Rung while awake, and while asleep for a time: it is to know. */
	unit_expect(hak_wake_keeper());
	hak_wake_doze();
	hak_wake_sleep(HAK_NEVER, &none);
	hak_wake_nap(1);
	unit_expect(hak_wake_heard() && !hak_wake_heard());
	hak_wake_back_out();
	unit_result("sleeps as long as asked, and not at all if rung before");
}

static _Atomic uint32_t wanted, done;

/* As the keeper does: doze, look once more, sleep. */
static void *keep(void *arg)
{
	while (done < ROUNDS) {
		if (done != wanted) {
			done++;
			continue;
		}
		hak_wake_doze();
		hak_wake_heard();
		if (done == wanted)
			hak_wake_sleep(HAK_NEVER, &none);
	}
	return arg;
}

static bool caught_up(long round)
{
	return done == (uint32_t)round;
}

static bool wait_for(uint32_t round)
{
	for (int i = 0; i < 5000; i++) {
		if (done == round)
			return true;
		sched_yield();
	}
	return ktap_await(caught_up, round, PATIENCE);
}

static void rounds(void)
{
	pthread_t thread;
	uint32_t i;

	unit_need(hak_wake_enter(false));
	unit_need(!pthread_create(&thread, NULL, keep, NULL));
	for (i = 1; i <= ROUNDS; i++) {
		/* Now and then it has fallen asleep, or is about to. */
		if (i % 64 == 0)
			ktap_pause(i % 128 / 64);
		wanted = i;
		unit_expect(hak_wake_keeper());
		if (!wait_for(i))
			ksft_exit_fail_msg("round %u was not heard", i);
	}
	pthread_join(thread, NULL);
	hak_wake_back_out();
	unit_result("no ring is lost");
}

static pid_t raw_fork(void)
{
	return (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

static void in_child(pid_t (*forked)(void), const char *name)
{
	int status = 0;
	pid_t pid;

	unit_need(hak_wake_enter(false));
	hak_wake_doze();
	pid = forked();
	if (pid == 0)
		_exit(hak_wake_answered() || hak_wake_keeper() ||
		      !hak_wake_enter(false) || !hak_wake_keeper());
	unit_need(pid > 0 && waitpid(pid, &status, 0) == pid);
	unit_expect(status == 0);
	unit_expect(hak_wake_answered());
	hak_wake_back_out();
	unit_result(name);
}

static void left(void)
{
	unit_need(hak_wake_enter(false));
	unit_expect(hak_wake_keeper());
	unit_expect(hak_wake_leave() == HAK_WAKE_STAYS);
	unit_expect(hak_wake_answered() && hak_wake_heard());
	unit_expect(hak_wake_leave() == HAK_WAKE_LEFT_ALONE);
	unit_expect(hak_wake_ends());
	unit_expect(!hak_wake_keeper() && !hak_wake_enter(false));
	hak_wake_back_out();
	unit_result("who was rung for does not leave");
}

static _Atomic bool may_see;
static _Atomic bool late_is_due;

/* Until it is told to end; and no sooner than that it may. */
static void *until_dismissed(void *arg)
{
	unit_expect(hak_wake_begin());
	while (!may_see)
		ktap_pause(1);
	while (!hak_wake_dismissed()) {
		hak_wake_doze();
		hak_wake_sleep(HAK_NEVER, &none);
	}
	unit_expect(!hak_wake_keeper() && !hak_wake_answered());
	unit_expect(hak_wake_leave() ==
		    (late_is_due ? HAK_WAKE_LEFT_ALONE : HAK_WAKE_LEFT));
	return arg;
}

static void start(bool to_stay, bool sees)
{
	pthread_attr_t how;
	pthread_t thread;

	may_see = sees;
	unit_need(hak_wake_enter(to_stay));
	unit_need(!pthread_attr_init(&how));
	/* It is joined by nobody: the kernel tells of its end elsewhere. */
	pthread_attr_setdetachstate(&how, PTHREAD_CREATE_DETACHED);
	unit_need(!pthread_create(&thread, &how, until_dismissed, NULL));
	pthread_attr_destroy(&how);
}

static bool may_enter(long unused)
{
	(void)unused;
	return hak_wake_enter(false);
}

static void dismissed(void)
{
	int i;

	unit_expect(hak_wake_dismiss(false) == HAK_WAKE_NOBODY);
	unit_expect(hak_wake_dismiss(true) == HAK_WAKE_NOBODY);
	for (i = 0; i < 200; i++) {
		start(i % 2, true);
		if (i % 3)
			ktap_pause(i % 3 - 1);
		if (i % 2)
			unit_expect(hak_wake_dismiss(false) == HAK_WAKE_NOBODY);
		unit_expect(hak_wake_dismiss(true) == HAK_WAKE_GONE);
		unit_expect(!hak_wake_answered() && hak_wake_enter(false));
		hak_wake_back_out();
	}
	unit_result("who is dismissed is gone when that returns");
}

static void late(void)
{
	long before;

	start(false, false);
	before = ktap_ms();
	unit_expect(hak_wake_dismiss(false) == HAK_WAKE_LATE);
	unit_expect(ktap_ms() < before + 1000 * PATIENCE);
	unit_expect(!hak_wake_enter(false));
	late_is_due = true;
	may_see = true;
	unit_expect(ktap_await(may_enter, 0, PATIENCE));
	hak_wake_back_out();
	unit_result("who does not go in time goes later, and is waited for");
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(8);
	unit_open_heap();
	alarm(4 * PATIENCE);
	nobody();
	timed();
	rounds();
	in_child(fork, "nobody is there in a child");
	in_child(raw_fork, "nor in one of which libc knows nothing");
	left();
	dismissed();
	late();
	return ksft_finished();
}
