/* SPDX-License-Identifier: MIT */
/*
 * keeper_alone.c - a process that is alone again is so at once: right after the last
 * join nothing sees a second thread, and a keeper without work goes by itself.
 */
#include "keeper.h"

#include <sched.h>

#define TRIES	12
#define GRACE_US 10000000 /* on a machine that has other things to do */

static void *swinger(void *unused)
{
	return swing(50) && swing(50) ? unused : &errno;
}

static void *silent(void *unused)
{
	ktap_pause(20);
	return unused;
}

/* ends by no call of libc's, and joins as any other */
static void *unheard(void *unused)
{
	swing(10);
	syscall(SYS_exit, 0);
	return unused;
}

static bool can_unshare(void)
{
	pid_t pid = fork();
	int status;

	if (!pid)
		_exit(unshare(CLONE_NEWUSER) ? 1 : 0);
	return pid > 0 && waitpid(pid, &status, 0) == pid && !status;
}

static bool join_all(void *(*first)(void *), void *(*second)(void *))
{
	pthread_t thread[2];

	free(ktap_opaque(malloc(100)));
	if (pthread_create(&thread[0], NULL, first, NULL) ||
	    pthread_create(&thread[1], NULL, second, NULL))
		return false;
	swing(100);
	pthread_join(thread[0], NULL);
	pthread_join(thread[1], NULL);
	return true;
}

/* what CPython looks at before it forks */
static bool is_one_thread(void)
{
	return has_threads(1) && count_entries("/proc/self/task") == 1;
}

static int try_once(void *(*first)(void *), void *(*second)(void *))
{
	if (!join_all(first, second))
		return SKIPPED;
	for (int us = 0; unshare(CLONE_NEWUSER); us += 1000) {
		if (us >= GRACE_US)
			return 1;
		usleep(1000);
	}
	return !is_one_thread();
}

static int tries(void *(*first)(void *), void *(*second)(void *))
{
	int status, bad = 0;

	if (!can_unshare())
		return SKIPPED;
	for (int i = 0; i < TRIES && bad < 3; i++) {
		pid_t pid = fork();

		if (!pid)
			_exit(try_once(first, second));
		bad += pid < 0 || waitpid(pid, &status, 0) != pid || status;
	}
	if (bad)
		ksft_print_msg("%d tries of %d failed", bad, TRIES);
	return bad > 0;
}

static int both_allocate(void)
{
	return tries(swinger, swinger);
}

static int one_is_silent(void)
{
	return tries(swinger, silent);
}

static bool no_keeper(long unused)
{
	return !has_keeper(unused);
}

/* others live on, and do nothing */
static int idle(void)
{
	struct companion other;

	if (!companion_start(&other) || !keeper_works(has_keeper))
		return 1;
	for (int i = 1; i <= 2; i++) {
		if (!ktap_await(no_keeper, 0, PATIENCE)) {
			ksft_print_msg("it stays, with nothing to do");
			return 1;
		}
		if (ktap_stat(HAK_STAT_KEEPERS) < (uint64_t)i)
			return 1;
		if (!keeper_works(has_keeper))
			return 1;
	}
	companion_end(&other);
	return !is_one_thread();
}

static const char *namespace_of(long tid)
{
	static char link[2][64];
	static int which;
	char path[64];
	ssize_t len;

	snprintf(path, sizeof(path), "/proc/self/task/%ld/ns/mnt", tid);
	which = !which;
	len = readlink(path, link[which], sizeof(link[which]) - 1);
	link[which][len > 0 ? len : 0] = '\0';
	return link[which];
}

static sem_t left, over;

static void *leaver(void *unused)
{
	free(ktap_opaque(malloc(100)));
	sem_post(&left);
	while (sem_wait(&over))
		;
	if (unshare(CLONE_NEWNS))
		return &errno;
	sem_post(&left);
	while (sem_wait(&over))
		;
	return unused;
}

/* all threads have left the namespace: nothing of ours is left there */
static int namespaces(void)
{
	pthread_t thread;
	void *ret;

	if (geteuid() || sem_init(&left, 0, 0) || sem_init(&over, 0, 0) ||
	    pthread_create(&thread, NULL, leaver, NULL))
		return SKIPPED;
	while (sem_wait(&left))
		;
	if (!keeper_works(has_keeper))
		return 1;
	sem_post(&over);
	while (sem_wait(&left))
		;
	if (unshare(CLONE_NEWNS))
		return SKIPPED;
	if (!ktap_await(no_keeper, 0, PATIENCE)) {
		ksft_print_msg("the keeper stays in %s, we are in %s",
			       namespace_of(keeper_tid()),
			       namespace_of(getpid()));
		return 1;
	}
	sem_post(&over);
	pthread_join(thread, &ret);
	return ret != NULL;
}

/* a thread of which nobody told that it has ended counts no more */
static int one_is_unheard(void)
{
	if (!join_all(unheard, unheard))
		return SKIPPED;
	for (int i = 0; i < 2; i++) {
		swing(64);
		if (!ktap_await(has_threads, 1, PATIENCE)) {
			ksft_print_msg("there are %ld threads",
				       proc_number("status", "Threads:"));
			return 1;
		}
	}
	return unshare(CLONE_NEWUSER) && errno == EINVAL;
}

static const struct check {
	const char *mode, *option, *value;
	int (*run)(void);
	const char *name;
} checks[] = {
	{ "both", NULL, NULL, both_allocate, "unshare after the last join" },
	{ "both", "HAKMEM_PROFILE", "balanced", both_allocate,
	  "unshare after the last join, balanced" },
	{ "both", "HAKMEM_HUGE", "off", both_allocate,
	  "unshare after the last join, small pages" },
	{ "both", "HAKMEM_DECOMMIT_VIA", "vector", both_allocate,
	  "unshare after the last join, without a ring" },
	{ "silent", NULL, NULL, one_is_silent,
	  "unshare after the join of one that never allocated" },
	{ "idle", NULL, NULL, idle, "a keeper with nothing to do goes" },
	{ "spaces", NULL, NULL, namespaces, "a namespace that all have left" },
	{ "unheard", NULL, NULL, one_is_unheard,
	  "threads that end by exit(2)" },
};
#define NR_CHECKS (sizeof(checks) / sizeof(*checks))

int main(int argc, char **argv)
{
	struct ktap_run run;

	ktap_preload(argv);
	for (size_t i = 0; argc > 1 && i < NR_CHECKS; i++)
		if (!strcmp(argv[1], checks[i].mode))
			return checks[i].run();
	if (!ktap_is_hakmem())
		ksft_exit_skip("needs the library");
	for (size_t i = 0; i < NR_CHECKS; i++) {
		setenv("HAKMEM_PROFILE", "lean", 1);
		ktap_run_self(&run, checks[i].mode, checks[i].option,
			      checks[i].value, 4 * PATIENCE);
		if (WIFEXITED(run.status) && WEXITSTATUS(run.status) == SKIPPED)
			ksft_test_result_skip("not possible here", "%s",
					      checks[i].name);
		else
			ktap_run_result(&run, checks[i].name);
	}
	return ksft_finished();
}
