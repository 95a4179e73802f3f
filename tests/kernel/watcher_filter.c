/* SPDX-License-Identifier: MIT */
/*
 * watcher_filter.c - a filter comes for all threads of a guarded process, and then
 * the program's threads end: so does the process, and soon; neither the watcher nor
 * the keeper is left, or runs the program's exit.
 */
#include "bpf.h"
#include "guard.h"

#define LIMIT	100	/* seconds for one process */
#define CALM	1500	/* milliseconds in which what was freed has gone back */

/* what the two of them call while they are free to */
static const long refused[] = {
	SYS_openat, SYS_read, SYS_close, SYS_ppoll, SYS_ioctl,
	SYS_io_uring_enter, SYS_process_madvise, SYS_membarrier, SYS_prctl,
};

enum shape { ALLOWS, KILLS };

static const struct check {
	enum shape shape;
	long pause_ms;	/* from the filter to main's end */
	const char *name;
} checks[] = {
	{ ALLOWS, 0, "a filter that allows all, main leaves at once" },
	{ ALLOWS, 2500, "a filter that allows all, main leaves later" },
	{ KILLS, 0, "a filter that kills, main leaves at once" },
	{ KILLS, 2500, "a filter that kills, main leaves later" },
};
#define NR_CHECKS (sizeof(checks) / sizeof(*checks))

static pthread_t first;

static void at_exit(void)
{
	if (pthread_equal(pthread_self(), first))
		ktap_write("exit\n", 5);
	else
		ktap_write("exit in another\n", 16);
}

static bool confine(enum shape shape)
{
	struct bpf f;

	bpf_begin(&f);
	if (shape == KILLS)
		for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++)
			bpf_rule(&f, refused[i], SECCOMP_RET_KILL_PROCESS);
	return bpf_install(&f, SECCOMP_RET_ALLOW, SECCOMP_FILTER_FLAG_TSYNC);
}

/* libc opens a library for the first who does so */
static void *leave(void *unused)
{
	pthread_exit(unused);
}

static int subject(const struct check *check)
{
	pthread_t thread;

	first = pthread_self();
	if (pthread_create(&thread, NULL, leave, NULL))
		return 1;
	pthread_join(thread, NULL);
	/* Where the guard does without, there is nobody to be left. */
	if (!swing(64) || !ktap_await(guard_has_mode, 0, LIMIT / 3) ||
	    !thread_named(getpid(), "hakmem-watcher"))
		return SKIPPED;
	if (!ktap_await(guarded_from, 16, LIMIT / 3))
		return 1;
	/* One that lands amid the keeper's work may kill it. */
	await_calm(CALM);
	if (!confine(check->shape))
		return SKIPPED;
	atexit(at_exit);
	ktap_pause(check->pause_ms);
	pthread_exit(NULL);
}

static bool has_ended(long pid)
{
	siginfo_t info = { 0 };

	return !waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) &&
	       info.si_pid == pid;
}

/* what is left of a process may be deaf to all other signals */
static void run_self(struct ktap_run *run, const char *word)
{
	int fd[2];
	pid_t pid = ktap_run_start(fd, 2 * LIMIT);

	if (!pid) {
		execl("/proc/self/exe", word, word, (char *)NULL);
		_exit(127);
	}
	if (!ktap_await(has_ended, pid, LIMIT)) {
		ksft_print_msg("it does not end");
		kill(pid, SIGKILL);
	}
	ktap_run_end(run, pid, fd);
}

int main(int argc, char **argv)
{
	struct ktap_run run;
	char word[16];

	ktap_preload(argv);
	if (argc > 1)
		return subject(&checks[(size_t)atoi(argv[1]) % NR_CHECKS]);
	if (!ktap_is_hakmem())
		ksft_exit_skip("needs the library");
	guard_set("report");
	for (size_t i = 0; i < NR_CHECKS; i++) {
		snprintf(word, sizeof(word), "%zu", i);
		run_self(&run, word);
		if (guard_skipped(&run))
			ksft_test_result_skip("not possible here", "%s",
					      checks[i].name);
		else if (!ksft_test_result(ktap_run_ok(&run) && !run.err[0] &&
					   !strcmp(run.out, "exit\n"),
					   "%s", checks[i].name))
			ktap_run_print(&run);
	}
	return ksft_finished();
}
