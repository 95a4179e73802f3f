/* SPDX-License-Identifier: MIT */
/*
 * guard_trap.c - HAKMEM_GUARD=trap sends SIGABRT to the very thread that touched;
 * a program that blocks, ignores or survives it ends all the same.
 */
#include "guard.h"

#include <sys/prctl.h>

static struct cold cold;
static volatile pid_t sinner;

static bool is_there(long unused)
{
	(void)unused;
	return cold_pick(&cold, NULL) != NULL;
}

static char *victim(void)
{
	if (!cold_make(&cold, 64 * KIB) || !ktap_await(is_there, 0, PATIENCE))
		_exit(1);
	return cold_pick(&cold, NULL);
}

static void *commit(void *at)
{
	prctl(PR_SET_NAME, "sinner");
	sinner = gettid();
	guard_announce("write", at, 1);
	*(volatile char *)at = 1;
	ksft_print_msg("it was let go on");
	_exit(1);
}

/* by a thread of its own, while the main one waits for it */
static int commit_in_thread(char *at)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, commit, at))
		return SKIPPED;
	pthread_join(thread, NULL);
	return 1;
}

/* nothing else of the program may run in a thread of ours */
static void leave(int signal)
{
	(void)signal;
	_exit(gettid() == sinner ? 42 : 43);
}

static void go_back(int signal)
{
	(void)signal;
	if (gettid() != sinner)
		_exit(43);
}

static int handled(void)
{
	signal(SIGABRT, leave);
	return commit_in_thread(victim());
}

static int returns(void)
{
	signal(SIGABRT, go_back);
	return commit_in_thread(victim());
}

static int ignored(void)
{
	signal(SIGABRT, SIG_IGN);
	return commit_in_thread(victim());
}

static int blocked(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGABRT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return commit_in_thread(victim());
}

static int blocked_in_main(void)
{
	sigset_t set;

	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	commit(victim());
	return 1;
}

static const struct check {
	const char *word;
	int (*run)(void);
	int status;	/* it exits with; or 0: SIGABRT */
	const char *name;
} checks[] = {
	{ "handled", handled, 42, "a handler runs in the thread that touched" },
	{ "returns", returns, 0, "a handler that returns does not help" },
	{ "ignored", ignored, 0, "SIGABRT ignored" },
	{ "blocked", blocked, 0, "SIGABRT blocked" },
	{ "all", blocked_in_main, 0, "all signals blocked, in the main thread" },
};
#define NR_CHECKS (sizeof(checks) / sizeof(*checks))

static bool ends_so(const struct ktap_run *run, int status)
{
	return status ? WIFEXITED(run->status) &&
				WEXITSTATUS(run->status) == status :
			WIFSIGNALED(run->status) &&
				WTERMSIG(run->status) == SIGABRT;
}

/* the first line is of that touch; more may follow where it touched again */
static bool tells(const struct ktap_run *run)
{
	const char *line = strstr(run->out, "touch ");
	struct guard_page page;

	return line &&
	       sscanf(line, "touch %lx %lu %7s %d %19[^\n]", &page.at,
		      &page.bytes, page.kind, &page.tid, page.name) == 5 &&
	       guard_told(run->err, &page, 64 * KIB);
}

int main(int argc, char **argv)
{
	struct rlimit no_core = { 0, 0 };
	struct ktap_run run;

	ktap_preload(argv);
	for (size_t i = 0; argc > 1 && i < NR_CHECKS; i++)
		if (!strcmp(argv[1], checks[i].word))
			return checks[i].run();
	if (!ktap_is_hakmem())
		ksft_exit_skip("needs the library");
	setrlimit(RLIMIT_CORE, &no_core);
	for (size_t i = 0; i < NR_CHECKS; i++) {
		guard_run(&run, checks[i].word, "trap", NULL);
		if (!ksft_test_result(ends_so(&run, checks[i].status) &&
					      tells(&run), "%s",
				      checks[i].name))
			ktap_run_print(&run);
	}
	return ksft_finished();
}
