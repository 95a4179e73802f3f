/* SPDX-License-Identifier: MIT */
/*
 * keeper_single.c - no keeper where there is one thread or nothing to do, and
 * none for longer than there are others: it never keeps a process from ending.
 *
 * Hazards 0.1, 0.3, 64.
 */
#include "bpf.h"
#include "keeper.h"

#include <sched.h>

#define SLACK_KIB	(16 * 1024)

static bool can_unshare(void)
{
	pid_t pid = fork();
	int status;

	if (!pid)
		_exit(unshare(CLONE_NEWUSER) ? 1 : 0);
	return pid > 0 && waitpid(pid, &status, 0) == pid && !status;
}

/* EINVAL would mean that the kernel saw a second thread */
static bool unshares(void)
{
	if (!can_unshare()) {
		ksft_print_msg("no user namespaces here");
		return true;
	}
	return !unshare(CLONE_NEWUSER);
}

static bool alone(void)
{
	return has_threads(1) && count_entries("/proc/self/task") == 1;
}

static int one_thread(void)
{
	return !swing(512) || !swing(512) || !alone() ||
	       ktap_stat(HAK_STAT_KEEPERS) || !unshares();
}

/* right after the last free: there is no later chance */
static int gives_at_once(void)
{
	long before, after;

	swing(8);
	swing(8);
	before = proc_number("status", "VmRSS:");
	for (int i = 0; i < 2; i++) {
		if (!swing(512))
			return 1;
		after = proc_number("status", "VmRSS:");
		if (after > before + before / 4 + SLACK_KIB) {
			ksft_print_msg("resident: %ld KiB, %ld before", after,
				       before);
			return 1;
		}
	}
	return !alone();
}

/* as long as there are two threads; and again when there are two again */
static int comes_and_goes(void)
{
	struct companion other;

	for (int i = 0; i < 3; i++) {
		if (!companion_start(&other) || !keeper_works(has_keeper))
			return 1;
		companion_end(&other);
		if (!ktap_await(has_threads, 1, PATIENCE)) {
			ksft_print_msg("%ld threads are left",
				       proc_number("status", "Threads:"));
			return 1;
		}
		if (!goes_back() || !alone() ||
		    ktap_stat(HAK_STAT_KEEPERS) != (uint64_t)i + 1)
			return 1;
	}
	return !unshares();
}

static void *small_work(void *unused)
{
	return swing(10) && swing(10) ? unused : &errno;
}

static int small_program(void)
{
	pthread_t thread[2];

	for (int i = 0; i < 20; i++) {
		for (int n = 0; n < 2; n++)
			if (pthread_create(&thread[n], NULL, small_work, NULL))
				return SKIPPED;
		for (int n = 0; n < 2; n++)
			pthread_join(thread[n], NULL);
	}
	return !alone() || ktap_stat(HAK_STAT_KEEPERS);
}

/* the last thread that returns ends the process, if the keeper does not stay */
static __attribute__((noreturn)) void leave_it_to_threads(void)
{
	struct companion *other = calloc(2, sizeof(*other));

	if (!companion_start(&other[0]) || !companion_start(&other[1]) ||
	    !keeper_works(keeper_started))
		_exit(1);
	pthread_detach(other[0].thread);
	pthread_detach(other[1].thread);
	sem_post(&other[0].go);
	sem_post(&other[1].go);
	pthread_exit(NULL);
}

static bool has_ended(long pid)
{
	int status;

	return waitpid((pid_t)pid, &status, WNOHANG) == pid && !status;
}

/* in a child: nothing but SIGKILL would end one in which the keeper is left */
static int ends(void)
{
	pid_t pid = fork();

	if (!pid)
		leave_it_to_threads();
	if (ktap_await(has_ended, pid, PATIENCE))
		return 0;
	kill(pid, SIGKILL);
	return 1;
}

static int ends_filtered(void)
{
	struct bpf f;

	bpf_begin(&f);
	if (!bpf_install(&f, SECCOMP_RET_ALLOW, 0))
		return SKIPPED;
	return ends();
}

static const struct check {
	const char *mode, *profile, *keeper;
	int (*run)(void);
	const char *name;
} checks[] = {
	{ "one", "balanced", "auto", one_thread, "one thread stays one" },
	{ "lean", "lean", "auto", gives_at_once,
	  "one thread gives back at once what it freed" },
	{ "goes", "lean", "auto", comes_and_goes,
	  "the keeper goes with the last of the others, and comes again" },
	{ "small", "balanced", "auto", small_program,
	  "small programs with threads have none" },
	{ "ends", "lean", "auto", ends, "the last thread ends the process" },
	{ "filter", "lean", "auto", ends_filtered,
	  "the last thread ends the process, under a filter" },
	{ "on", "lean", "on", ends,
	  "the last thread ends the process, HAKMEM_KEEPER=on" },
};
#define NR_CHECKS (sizeof(checks) / sizeof(*checks))

int main(int argc, char **argv)
{
	ktap_preload(argv);
	for (size_t i = 0; argc > 1 && i < NR_CHECKS; i++)
		if (!strcmp(argv[1], checks[i].mode))
			return checks[i].run();
	if (!ktap_is_hakmem())
		ksft_exit_skip("needs the library");
	for (size_t i = 0; i < NR_CHECKS; i++) {
		setenv("HAKMEM_PROFILE", checks[i].profile, 1);
		setenv("HAKMEM_KEEPER", checks[i].keeper, 1);
		in_self(checks[i].mode, checks[i].name);
	}
	return ksft_finished();
}
