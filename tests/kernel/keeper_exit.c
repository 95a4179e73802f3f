/* SPDX-License-Identifier: MIT */
/*
 * keeper_exit.c - main leaves, the other threads end, and libc has the last of them
 * run the program's exit: never the keeper, and with the program's descriptors.
 */
#include "bpf.h"
#include "keeper.h"

#include <sys/prctl.h>
#include <sys/stat.h>

#define GOOD	42	/* what the exit handler ends the process with */
#define WORKERS	3

static struct stat out;	/* the program's descriptor 1 */
static bool on_time;

static void at_exit(void)
{
	struct stat now;
	char name[32] = "";
	bool same = !fstat(1, &now) && now.st_dev == out.st_dev &&
		    now.st_ino == out.st_ino;

	prctl(PR_GET_NAME, name);
	if (!strncmp(name, "hakmem", 6) || !same || !on_time)
		ksft_print_msg("exit in %s, fd 1 %s, %s", name,
			       same ? "is the program's" : "is another",
			       on_time ? "at the end" : "too early");
	else
		_exit(GOOD);
}

static int live = WORKERS;

static void last_of_all(void)
{
	if (!__atomic_sub_fetch(&live, 1, __ATOMIC_RELAXED))
		on_time = true;
}

static void *swinger(void *unused)
{
	swing(64);
	swing(64);
	last_of_all();
	return unused;
}

/* frees a lot in its last moments, past the end that the library is told of */
static void late(void *blocks)
{
	char **block = blocks;

	for (int i = 0; i < 100; i++)
		free(ktap_opaque(block[i]));
	last_of_all();
}

static pthread_key_t key;

static void *late_swinger(void *unused)
{
	static char *blocks[WORKERS][100];
	static int workers;
	char **block = blocks[__atomic_fetch_add(&workers, 1, __ATOMIC_RELAXED)];

	swing(64);
	for (int i = 0; i < 100; i++) {
		block[i] = malloc(1000000);
		memset(block[i], 1, 1000000);
	}
	pthread_setspecific(key, block);
	return unused;
}

/* ends last, and never allocates */
static void *silent(void *unused)
{
	ktap_pause(300);
	last_of_all();
	return unused;
}

static void *churner(void *unused)
{
	for (int i = 0; i < 40; i++)
		swing(8);
	last_of_all();
	return unused;
}

/* by no call of libc's: then it never runs exit, and the process ends */
static void *unheard(void *unused)
{
	swing(64);
	swing(64);
	last_of_all();
	syscall(SYS_exit, 0);
	return unused;
}

static void leave(void *(*last)(void *))
{
	pthread_t thread;

	atexit(at_exit);
	if (fstat(1, &out) || pthread_key_create(&key, late))
		_exit(1);
	for (int i = 0; i < WORKERS; i++) {
		if (pthread_create(&thread, NULL, i ? last : swinger, NULL))
			_exit(1);
		pthread_detach(thread);
	}
	free(ktap_opaque(malloc(100)));
	pthread_exit(NULL);
}

static bool has_ended(long pid)
{
	siginfo_t info = { 0 };

	return !waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) &&
	       info.si_pid == pid;
}

static int ends(void *(*last)(void *), int wanted)
{
	int status = 0;
	pid_t pid = fork();

	if (!pid)
		leave(last);
	if (!ktap_await(has_ended, pid, PATIENCE)) {
		ksft_print_msg("it does not end");
		kill(pid, SIGKILL);
	}
	waitpid(pid, &status, 0);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != wanted) {
		ksft_print_msg("ended with %#x", status);
		return 1;
	}
	return 0;
}

static int plain(void)
{
	for (int i = 0; i < 5; i++)
		if (ends(swinger, GOOD))
			return 1;
	return 0;
}

static int with_late(void)
{
	return ends(late_swinger, GOOD);
}

static int with_silent(void)
{
	return ends(silent, GOOD);
}

static int with_churner(void)
{
	return ends(churner, GOOD);
}

static int with_unheard(void)
{
	return ends(unheard, 0);
}

static int filtered(void)
{
	struct bpf f;

	bpf_begin(&f);
	if (!bpf_install(&f, SECCOMP_RET_ALLOW, 0))
		return SKIPPED;
	return ends(swinger, GOOD);
}

static const struct check {
	const char *mode, *option, *value;
	int (*run)(void);
	const char *name;
} checks[] = {
	{ "plain", NULL, NULL, plain, "workers end" },
	{ "plain", "HAKMEM_HUGE", "off", plain, "with small pages" },
	{ "plain", "HAKMEM_PROFILE", "balanced", plain, "balanced" },
	{ "plain", "HAKMEM_PROFILE", "speed", plain, "all is kept" },
	{ "plain", "HAKMEM_KEEPER", "on", plain, "the keeper is to stay" },
	{ "plain", "HAKMEM_GUARD", "report", plain, "guarded" },
	{ "plain", "HAKMEM_DECOMMIT_VIA", "vector", plain, "no ring" },
	{ "late", NULL, NULL, with_late, "much is freed by destructors" },
	{ "silent", NULL, NULL, with_silent, "the last never allocated" },
	{ "churner", NULL, NULL, with_churner, "the keeper is at work" },
	{ "filter", NULL, NULL, filtered, "under a filter" },
	{ "unheard", NULL, NULL, with_unheard, "by exit(2), unheard" },
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
			      checks[i].value, 3 * PATIENCE);
		if (WIFEXITED(run.status) && WEXITSTATUS(run.status) == SKIPPED)
			ksft_test_result_skip("not possible here", "%s",
					      checks[i].name);
		else
			ktap_run_result(&run, checks[i].name);
	}
	return ksft_finished();
}
