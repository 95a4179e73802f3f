/* SPDX-License-Identifier: MIT */
/*
 * single.c - a single-threaded process stays one: no thread, no ring, no
 * descriptor, no child, no signal handler comes from the allocator.
 *
 * Hazards 0.1, 0.3, 31, 64 (bubblewrap, unshare, setns, CPython's warning).
 */
#include "mix.h"

#include <sched.h>
#include <sys/single_threaded.h>

#define CHURN_BYTES	(10 * (uint64_t)1000000000)

static int no_descriptors(long unused)
{
	(void)unused;
	return close_range(3, ~0U, 0) ? SKIPPED : 0;
}

/* 10 GB handed out and freed, up to 400 MB of it alive, little touched */
static int churn(void)
{
	static char *held[64];
	uint64_t rng = 88172645463325252u, total = 0;
	static struct mix m;

	while (total < CHURN_BYTES) {
		size_t bytes;
		char **at;

		rng ^= rng << 13;
		rng ^= rng >> 7;
		rng ^= rng << 17;
		bytes = 1000 + (rng >> 8) % (rng % 64 ? 300 * KIB : 48 * MIB);
		at = &held[rng >> 58];
		free(*at);
		*at = malloc(bytes);
		if (!*at)
			return 1;
		**at = (*at)[bytes - 1] = 1;
		total += bytes;
	}
	for (int i = 0; i < 64; i++)
		free(held[i]);
	mix_run(&m, 3000);
	return mix_end(&m, false);
}

static int first_open(void)
{
	int before = open("/dev/null", O_RDONLY), after;

	if (churn())
		return 1;
	after = open("/dev/null", O_RDONLY);
	if (before != 3 || after != 4)
		ksft_print_msg("first open() gave %d, then %d", before, after);
	return before != 3 || after != 4;
}

static int descriptors(void)
{
	static struct mix m;
	long before = count_entries("/proc/self/fd"), after;

	if (before < 0)
		return SKIPPED;
	if (churn())
		return 1;
	after = count_entries("/proc/self/fd");
	close_range(0, ~0U, 0);		/* like a daemon; stdout comes back */
	mix_run(&m, 2000);
	if (open("/dev/null", O_RDONLY) || mix_end(&m, false))
		return 1;
	/* 0 1 2 and the directory itself */
	return before != 4 || after != 4;
}

static int tasks(void)
{
	if (churn())
		return 1;
	if (wait(NULL) != -1 || errno != ECHILD)
		return 1;
	if (!__libc_single_threaded)
		return 1;
	return count_entries("/proc/self/task") != 1;
}

static int handlers(void)
{
	sigset_t mask;

	if (churn())
		return 1;
	for (int sig = 1; sig < NSIG; sig++) {
		struct sigaction act;

		if (sigaction(sig, NULL, &act))
			continue;
		if (act.sa_handler != SIG_DFL && act.sa_handler != SIG_IGN)
			return 1;
	}
	sigprocmask(SIG_SETMASK, NULL, &mask);
	return !sigisemptyset(&mask);
}

static int can_unshare(void)
{
	pid_t pid = vfork();
	int status;

	if (!pid)
		_exit(syscall(SYS_unshare, CLONE_NEWUSER) ? 1 : 0);
	return pid > 0 && waitpid(pid, &status, 0) == pid && !status;
}

/* EINVAL here means that the kernel saw a second thread */
static int new_user_namespace(void)
{
	if (!can_unshare())
		return SKIPPED;
	if (churn())
		return 1;
	if (unshare(CLONE_NEWUSER)) {
		ksft_print_msg("unshare: %s", strerror(errno));
		return 1;
	}
	return 0;
}

static const struct check {
	const char *mode;
	int (*run)(void);
	const char *name;
} checks[] = {
	{ "open", first_open, "the first open() in main gives 3" },
	{ "fds", descriptors, "no descriptor of ours, none missed" },
	{ "tasks", tasks, "one task and no child after 10 GB" },
	{ "handlers", handlers, "no signal handler, no mask" },
	{ "user", new_user_namespace, "unshare(CLONE_NEWUSER) after 10 GB" },
};
#define NR_CHECKS (sizeof(checks) / sizeof(*checks))

int main(int argc, char **argv)
{
	const char *exe;

	for (size_t i = 0; argc > 1 && i < NR_CHECKS; i++)
		if (!strcmp(argv[1], checks[i].mode))
			return checks[i].run();
	ktap_preload(argv);
	exe = self_path();
	for (size_t i = 0; i < NR_CHECKS; i++)
		in_exec(no_descriptors, 0, exe, checks[i].mode, checks[i].name);
	return ksft_finished();
}
