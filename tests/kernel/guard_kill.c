/* SPDX-License-Identifier: MIT */
/*
 * guard_kill.c - one of our own threads dies alone, as no correct program lets
 * it: the others go on, allocate, free, fork and end; who waits is let go.
 *
 * The parent makes that thread call exit(2) by ptrace.
 */
#include "guard.h"

#include <malloc.h>

#if defined(__x86_64__)

#include <sys/ptrace.h>
#include <sys/user.h>

#define LIMIT	100
#define LET_GO	20000	/* milliseconds at most that a touch may wait */

/* ---- the process whose thread is killed ---- */

static const char *killed;	/* its name */
static struct cold cold;

static bool is_gone(long unused)
{
	(void)unused;
	return !thread_named(getpid(), killed);
}

static bool is_lost(long unused)
{
	(void)unused;
	return atomic_load(&guard_stats()->guard) == HAK_MODE_LOST;
}

static bool lives_on(void)
{
	int status;
	pid_t pid;

	if (!swing(64) || !swing(64))
		return false;
	malloc_trim(0);
	pid = fork();
	if (!pid)
		_exit(!swing(64) || !swing(64));
	return pid > 0 && waitpid(pid, &status, 0) == pid && !status &&
	       swing(64) && touched_is(0);
}

static bool ready_to_lose(const char *name)
{
	killed = name;
	if (!cold_make(&cold, 64 * KIB) || is_gone(0))
		return false;
	ktap_write("ready\n", 6);
	return ktap_await(is_gone, 0, LIMIT / 2);
}

static int keeper_dies(void)
{
	return !ready_to_lose("hakmem-keeper") || !lives_on();
}

static int watcher_dies(void)
{
	return !ready_to_lose("hakmem-watcher") ||
	       !ktap_await(is_lost, 0, LIMIT / 4) || !lives_on();
}

static bool is_observed(long unused)
{
	(void)unused;
	return atomic_load(&guard_stats()->locality) != HAK_MODE_OFF;
}

static bool is_observed_no_more(long unused)
{
	(void)unused;
	return atomic_load(&guard_stats()->locality) == HAK_MODE_LOST;
}

/* what is live is watched for writes, and somebody writes all the time */
static int watcher_of_locality_dies(void)
{
	enum hak_mode mode;

	killed = "hakmem-watcher";
	if (!ktap_await(is_observed, 0, LIMIT / 4))
		return 1;
	mode = (enum hak_mode)atomic_load(&guard_stats()->locality);
	ktap_write("ready\n", 6);
	if (mode != HAK_MODE_ON && mode != HAK_MODE_USER_ONLY)
		return SKIPPED;
	for (long end = ktap_ms() + LIMIT / 2 * 1000; !is_gone(0);)
		if (!swing(16) || ktap_ms() > end)
			return 1;
	return !lives_on() || !ktap_await(is_observed_no_more, 0, LIMIT / 4);
}

/* nobody is there to let it go, until the keeper sees that */
static bool touch_ends(void)
{
	volatile char *at = cold_pick(&cold, NULL);
	long from = ktap_ms();

	if (!at || *at)
		return false;
	if (ktap_ms() - from > LET_GO) {
		ksft_print_msg("waited for %ld ms", ktap_ms() - from);
		return false;
	}
	return true;
}

static int touch_without_watcher(void)
{
	return !ready_to_lose("hakmem-watcher") || !touch_ends() ||
	       !lives_on();
}

static int touch_without_keeper(void)
{
	/* whether the watcher still tells of it is left open */
	return !ready_to_lose("hakmem-keeper") || !touch_ends();
}

/* ---- the one that kills ---- */

/* to the next system call, which is made exit(2) */
static bool make_exit(long tid)
{
	struct user_regs_struct regs;
	int status;

	if (ptrace(PTRACE_SEIZE, tid, 0, PTRACE_O_TRACESYSGOOD) ||
	    ptrace(PTRACE_INTERRUPT, tid, 0, 0))
		return false;
	for (;;) {
		if (waitpid((pid_t)tid, &status, __WALL) != tid ||
		    !WIFSTOPPED(status))
			return false;
		if (WSTOPSIG(status) == (SIGTRAP | 0x80))
			break;
		if (ptrace(PTRACE_SYSCALL, tid, 0, 0))
			return false;
	}
	if (ptrace(PTRACE_GETREGS, tid, 0, &regs))
		return false;
	regs.orig_rax = SYS_exit;
	regs.rdi = 0;
	if (ptrace(PTRACE_SETREGS, tid, 0, &regs) ||
	    ptrace(PTRACE_CONT, tid, 0, 0))
		return false;
	return waitpid((pid_t)tid, &status, __WALL) == tid &&
	       WIFEXITED(status);
}

static const struct check {
	const char *word, *name;
	int (*run)(void);
	const char *thread;
	bool may_tell;
} checks[] = {
	{ "keeper", "the keeper dies", keeper_dies, "hakmem-keeper", false },
	{ "watcher", "the watcher dies", watcher_dies, "hakmem-watcher", false },
	{ "touch", "a touch without a watcher goes on", touch_without_watcher,
	  "hakmem-watcher", false },
	{ "locality", "the watcher dies", watcher_of_locality_dies,
	  "hakmem-watcher", false },
	{ "alone", "a touch without a keeper goes on", touch_without_keeper,
	  "hakmem-keeper", true },
};
#define NR_CHECKS (sizeof(checks) / sizeof(*checks))

static int watched;	/* the process's output */

static bool is_ready(long unused)
{
	char text[8] = "";

	(void)unused;
	return pread(watched, text, 6, 0) == 6 && !memcmp(text, "ready\n", 6);
}

static bool kill_in(pid_t pid, const char *name)
{
	long tid;

	if (!ktap_await(is_ready, 0, LIMIT / 2))
		return false;
	tid = thread_named(pid, name);
	return tid && make_exit(tid);
}

static void try_one(const struct check *it, const char *mode)
{
	struct ktap_run run;
	int fd[2];
	pid_t pid = ktap_run_start(fd, LIMIT);
	bool done;

	if (!pid) {
		guard_set(mode);
		if (!strcmp(mode, "locality")) {
			unsetenv("HAKMEM_GUARD");
			setenv("HAKMEM_OBSERVE", mode, 1);
		}
		execl("/proc/self/exe", "kill", it->word, (char *)NULL);
		_exit(127);
	}
	watched = fd[0];
	done = kill_in(pid, it->thread);
	ktap_run_end(&run, pid, fd);
	if (guard_skipped(&run)) {
		ksft_test_result_skip("not possible here", "%s: %s", mode,
				      it->name);
		return;
	}
	if (!done)
		ksft_print_msg("%s was not killed", it->thread);
	if (!ksft_test_result(done && ktap_run_ok(&run) &&
				      (it->may_tell || !run.err[0]),
			      "%s: %s", mode, it->name))
		ktap_run_print(&run);
}

static int seize(void)
{
	pid_t pid = fork();
	long ret;

	if (!pid) {
		pause();
		_exit(0);
	}
	ret = ptrace(PTRACE_SEIZE, pid, 0, 0);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, __WALL);
	return (int)ret;
}

int main(int argc, char **argv)
{
	ktap_preload(argv);
	for (size_t i = 0; argc > 1 && i < NR_CHECKS; i++)
		if (!strcmp(argv[1], checks[i].word))
			return checks[i].run();
	if (!ktap_is_hakmem())
		ksft_exit_skip("needs the library");
	if (seize())
		ksft_exit_skip("ptrace is not allowed");
	try_one(&checks[0], "trap");
	try_one(&checks[1], "trap");
	for (size_t i = 0; i < NR_CHECKS; i++)
		try_one(&checks[i], strcmp(checks[i].word, "locality") ?
					    "report" : "locality");
	return ksft_finished();
}

#else

int main(void)
{
	ksft_exit_skip("knows the registers of x86-64 only");
}

#endif
