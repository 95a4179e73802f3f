/* SPDX-License-Identifier: MIT */
/*
 * guard_life.c - whatever becomes of a process that is guarded or observed: it
 * forks, executes, is stopped, and ends as it would without, and says nothing.
 */
#include "guard.h"

#include <dirent.h>
#include <spawn.h>

#define LIMIT		100	/* seconds */
#define CHILDREN	40

extern char **environ;


static bool is_guarded(void)
{
	return getenv("HAKMEM_GUARD") != NULL;
}

/* what is freed goes back, guarded if so asked, and nothing is found in it */
static bool goes_on(void)
{
	long before = (long)ktap_stat(HAK_STAT_GUARDED);

	if (!swing(64) || !swing(64))
		return false;
	if (is_guarded() && !ktap_await(guarded_from, before + 16, LIMIT / 2)) {
		ksft_print_msg("guarded: %lu, %ld before",
			       ktap_stat(HAK_STAT_GUARDED), before);
		return false;
	}
	return touched_is(0);
}

static pthread_t busy;

static bool be_busy(void)
{
	return !pthread_create(&busy, NULL, churn, NULL);
}

static void rest(void)
{
	__atomic_store_n(&churn_over, true, __ATOMIC_RELAXED);
	pthread_join(busy, NULL);
}

static bool ended_well(pid_t pid)
{
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return false;
	if (status)
		ksft_print_msg("a child ended with %#x", status);
	return !status;
}

/* ---- forks ---- */

static int child_works(void)
{
	pid_t pid;

	if (!goes_on())
		return 1;
	pid = fork();
	if (!pid) {
		alarm(LIMIT);
		_exit(!goes_on() || !goes_on());
	}
	return !ended_well(pid) || !goes_on();
}

static int many_children(void)
{
	pid_t pid[CHILDREN];
	bool ok = be_busy() && goes_on();

	for (int i = 0; i < CHILDREN; i++) {
		pid[i] = fork();
		if (!pid[i]) {
			alarm(LIMIT);
			_exit(!swing(4) || !swing(4));
		}
	}
	for (int i = 0; i < CHILDREN; i++)
		ok &= ended_well(pid[i]);
	rest();
	return !ok || !goes_on();
}

static int daemonize(void)
{
	int ends[2], status = 1;
	pid_t pid;

	if (!goes_on() || pipe(ends))
		return 1;
	pid = fork();
	if (!pid) {
		setsid();
		if (fork())
			_exit(0);
		alarm(LIMIT);
		if (chdir("/"))
			_exit(1);
		status = !goes_on();
		_exit(write(ends[1], &status, sizeof(status)) < 0);
	}
	close(ends[1]);
	return !ended_well(pid) ||
	       read(ends[0], &status, sizeof(status)) != sizeof(status) ||
	       status;
}

static int executes(void)
{
	static char name[] = "true";
	char *args[] = { name, NULL };
	bool ok = be_busy() && goes_on();
	pid_t pid;

	for (int i = 0; i < 20; i++) {
		if (i % 2) {
			ok &= !posix_spawn(&pid, "/bin/true", NULL, NULL, args,
					   environ);
		} else {
			pid = fork();
			if (!pid) {
				execv("/bin/true", args);
				_exit(127);
			}
		}
		ok &= ended_well(pid);
	}
	if (ok)
		execv("/bin/true", args);
	return 1;
}

/* ---- ends ---- */

static int main_exits(void)
{
	return !be_busy() || !goes_on();
}

static int main_exits_at_once(void)
{
	if (!be_busy() || !goes_on())
		return 1;
	_exit(0);
}

static void *exit_here(void *unused)
{
	(void)unused;
	exit(!goes_on());
}

static int thread_exits(void)
{
	pthread_t thread;

	if (!be_busy() || pthread_create(&thread, NULL, exit_here, NULL))
		return 1;
	pthread_join(thread, NULL);
	return 1;
}

static void *go_on_alone(void *ret)
{
	ktap_pause(100);
	if (!goes_on() || !goes_on())
		_exit(1);
	return ret;
}

/* the process ends with its last thread, and not with one of ours */
static int main_leaves(void)
{
	pthread_t thread;

	if (!goes_on() || pthread_create(&thread, NULL, go_on_alone, NULL))
		return 1;
	pthread_exit(NULL);
}

static int main_leaves_to_exit(void)
{
	pthread_t thread;

	if (!goes_on() || pthread_create(&thread, NULL, exit_here, NULL))
		return 1;
	pthread_exit(NULL);
}

static int is_stopped(void)
{
	pid_t pid, me = getpid();

	if (!be_busy() || !goes_on())
		return 1;
	pid = fork();
	if (!pid) {
		kill(me, SIGSTOP);
		ktap_pause(1000);
		_exit(kill(me, SIGCONT));
	}
	if (!ended_well(pid) || !goes_on())
		return 1;
	rest();
	return 0;
}

/* ---- descriptors ---- */

static int no_descriptors(void)
{
	char path[64], link[64];
	bool ok = goes_on();
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;
	ssize_t len;

	while (dir && (entry = readdir(dir))) {
		snprintf(path, sizeof(path), "/proc/self/fd/%.16s",
			 entry->d_name);
		len = readlink(path, link, sizeof(link) - 1);
		link[len > 0 ? len : 0] = '\0';
		if (!strncmp(link, "anon_inode:", 11) ||
		    strstr(link, "userfaultfd") ||
		    (!strncmp(link, "/proc/", 6) &&
		     atoi(entry->d_name) != dirfd(dir))) {
			ksft_print_msg("%s is %s", path, link);
			ok = false;
		}
	}
	return !dir || !ok;
}

static int all_closed(void)
{
	if (!goes_on())
		return 1;
	if (close_range(3, ~0U, 0))
		return SKIPPED;
	return !goes_on() || !goes_on() || !has_keeper(0);
}

static const struct check {
	const char *word;
	int (*run)(void);
	const char *name;
} checks[] = {
	{ "child", child_works, "a fork child works" },
	{ "children", many_children, "many children, none executes" },
	{ "daemon", daemonize, "a daemon, forked twice" },
	{ "exec", executes, "spawns, executes, becomes another program" },
	{ "exit", main_exits, "main returns while others work" },
	{ "_exit", main_exits_at_once, "_exit while others work" },
	{ "thread", thread_exits, "a thread calls exit" },
	{ "leave", main_leaves, "main leaves, and the last thread ends" },
	{ "leave-exit", main_leaves_to_exit, "main leaves, a thread exits" },
	{ "stop", is_stopped, "stopped for a second, and continued" },
	{ "fds", no_descriptors, "no descriptor of ours in /proc/self/fd" },
	{ "close", all_closed, "close_range(3, ~0) changes nothing" },
};
#define NR_CHECKS (sizeof(checks) / sizeof(*checks))

static const struct mode {
	const char *option, *value;
} modes[] = {
	{ "HAKMEM_GUARD", "trap" },
	{ "HAKMEM_GUARD", "report" },
	{ "HAKMEM_OBSERVE", "heat" },
	{ "HAKMEM_OBSERVE", "locality" },
};
#define NR_MODES (sizeof(modes) / sizeof(*modes))

static void try_all(const struct mode *mode)
{
	struct ktap_run run;
	char name[128];

	for (size_t i = 0; i < NR_CHECKS; i++) {
		int fd[2];
		pid_t pid = ktap_run_start(fd, LIMIT);

		if (!pid) {
			guard_set("off");
			unsetenv("HAKMEM_GUARD");
			setenv(mode->option, mode->value, 1);
			execl("/proc/self/exe", "life", checks[i].word,
			      (char *)NULL);
			_exit(127);
		}
		ktap_run_end(&run, pid, fd);
		snprintf(name, sizeof(name), "%s: %s", mode->value,
			 checks[i].name);
		if (guard_skipped(&run))
			ksft_test_result_skip("not possible here", "%s", name);
		else
			ktap_run_result(&run, name);
	}
}

int main(int argc, char **argv)
{
	ktap_preload(argv);
	for (size_t i = 0; argc > 1 && i < NR_CHECKS; i++)
		if (!strcmp(argv[1], checks[i].word))
			return checks[i].run();
	if (!ktap_is_hakmem())
		ksft_exit_skip("needs the library");
	for (size_t i = 0; i < NR_MODES; i++)
		try_all(&modes[i]);
	return ksft_finished();
}
