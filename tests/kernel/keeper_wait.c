/* SPDX-License-Identifier: MIT */
/*
 * keeper_wait.c - threads that wait in the kernel don't notice a keeper at
 * work: no call ends with EINTR, and no signal of the program's goes to it.
 */
#include "keeper.h"

#include <poll.h>
#include <sys/epoll.h>

#define BATCHES		250
#define WAIT_MS		20

static bool stop;
static int ends[2];	/* of a pipe that has nothing until the end */
static sem_t nothing;

static int by_epoll(void)
{
	struct epoll_event event = { .events = EPOLLIN };
	int epoll = epoll_create1(EPOLL_CLOEXEC), got;

	epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event);
	got = epoll_wait(epoll, &event, 1, WAIT_MS);
	close(epoll);
	return got;
}

static int by_poll(void)
{
	struct pollfd wanted = { ends[0], POLLIN, 0 };

	return poll(&wanted, 1, WAIT_MS);
}

static int by_nanosleep(void)
{
	struct timespec rest = { 0, WAIT_MS * 1000000 };

	return nanosleep(&rest, NULL);
}

/* until the end, when there is one byte for each who reads */
static int by_read(void)
{
	char byte;

	return read(ends[0], &byte, 1) == 1 ? 0 : -1;
}

static int by_semaphore(void)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec++;
	return sem_timedwait(&nothing, &until);
}

static int by_sigwait(void)
{
	struct timespec rest = { 0, WAIT_MS * 1000000 };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	return sigtimedwait(&set, NULL, &rest);
}

static struct waiter {
	const char *name;
	int (*wait)(void);
	int expected;	/* errno of a call that has waited in vain, or 0 */
	pthread_t thread;
	long calls, interrupted, others;
} waiters[] = {
	{ .name = "epoll_wait", .wait = by_epoll },
	{ .name = "poll", .wait = by_poll },
	{ .name = "nanosleep", .wait = by_nanosleep },
	{ .name = "read", .wait = by_read },
	{ .name = "sem_timedwait", .wait = by_semaphore, .expected = ETIMEDOUT },
	{ .name = "sigtimedwait", .wait = by_sigwait, .expected = EAGAIN },
};
#define NR_WAITERS (sizeof(waiters) / sizeof(*waiters))

static void *keep_waiting(void *arg)
{
	struct waiter *me = arg;

	free(ktap_opaque(malloc(100)));
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		errno = 0;
		if (me->wait() < 0 && errno != me->expected) {
			me->interrupted += errno == EINTR;
			me->others += errno != EINTR;
		}
		me->calls++;
	}
	return NULL;
}

static int undisturbed(void)
{
	long end = ktap_ms() + 2 * PATIENCE * 1000;
	bool ok = true;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (pipe(ends) || sem_init(&nothing, 0, 0))
		return SKIPPED;
	for (size_t i = 0; i < NR_WAITERS; i++)
		if (pthread_create(&waiters[i].thread, NULL, keep_waiting,
				   &waiters[i]))
			return SKIPPED;
	while (!batches_from(BATCHES) && ktap_ms() < end)
		ok &= swing(64);
	ok &= batches_from(BATCHES) && has_keeper(0);
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	ok &= write(ends[1], "123456", 6) == 6;
	for (size_t i = 0; i < NR_WAITERS; i++) {
		struct waiter *w = &waiters[i];

		pthread_join(w->thread, NULL);
		if (!w->calls || w->interrupted || w->others) {
			ksft_print_msg("%s: %ld calls, EINTR %ld, other %ld",
				       w->name, w->calls, w->interrupted,
				       w->others);
			ok = false;
		}
	}
	if (!batches_from(BATCHES))
		ksft_print_msg("%ld batches", (long)ktap_stat(HAK_STAT_BATCHES));
	return !ok;
}

static volatile pid_t handled_by[NSIG];

static void record(int signal)
{
	handled_by[signal] = gettid();
}

/* the kernel may choose among all threads, and all but the keeper block it */
static int not_the_keepers(void)
{
	struct sigaction action = { .sa_handler = record };
	struct companion other;
	sigset_t all, before;
	bool ok;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	if (!companion_start(&other) || !keeper_works(has_keeper))
		return 1;
	for (int signal = 1; signal < NSIG; signal++)
		if (!sigaction(signal, &action, NULL))
			kill(getpid(), signal);
	ok = goes_back();
	for (int signal = 1; signal < NSIG; signal++)
		if (handled_by[signal]) {
			ksft_print_msg("signal %d went to %d", signal,
				       (int)handled_by[signal]);
			ok = false;
		}
	sigprocmask(SIG_SETMASK, &before, NULL);
	for (int signal = 1; signal < NSIG; signal++) {
		/* A stop signal takes it back. */
		if (sigaction(signal, NULL, &action) ||
		    action.sa_handler != record || signal == SIGCONT)
			continue;
		ok &= handled_by[signal] == getpid();
	}
	ok &= goes_back() && has_keeper(0) && handled_by[SIGUSR1];
	companion_end(&other);
	return !ok;
}

int main(int argc, char **argv)
{
	static const char *const via[] = { "uring", "vector", "madvise" };
	char name[80];

	ktap_preload(argv);
	if (argc > 1)
		return argv[1][0] == 'w' ? undisturbed() : not_the_keepers();
	if (!ktap_is_hakmem())
		ksft_exit_skip("needs the library");
	be_lean("0", "1");
	for (int i = 0; i < 3; i++) {
		setenv("HAKMEM_DECOMMIT_VIA", via[i], 1);
		snprintf(name, sizeof(name), "%d batches by %s: no EINTR",
			 BATCHES, via[i]);
		in_self("wait", name);
	}
	unsetenv("HAKMEM_DECOMMIT_VIA");
	in_self("signals", "no signal goes to the keeper");
	return ksft_finished();
}
