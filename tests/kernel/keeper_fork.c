/* SPDX-License-Identifier: MIT */
/*
 * keeper_fork.c - forks in the middle of decommits, and whatever else becomes
 * of a process with a keeper: spawns, other users, cancelled threads, its end.
 */
#include "keeper.h"
#include "mix.h"

#include <malloc.h>
#include <spawn.h>

#define CHURNERS	3
#define FORKS		10
#define LENT		24	/* superslabs that a child asks for */

extern char **environ;

static struct companion other;

static bool zeroes_come(void)
{
	unsigned char *block[LENT];
	bool ok = true;

	for (int i = 0; i < LENT; i++) {
		block[i] = calloc(1, 2 * MIB);
		ok &= block[i] && all_zero(block[i], 2 * MIB);
		if (block[i])
			memset(block[i], 0x77, 2 * MIB);
	}
	for (int i = 0; i < LENT; i++)
		free(ktap_opaque(block[i]));
	if (!ok)
		ksft_print_msg("what calloc gave the child is not zero");
	return ok;
}

/* everything is as it was, but for the keeper; now and then with its own */
static int child(struct mix *m, bool thorough)
{
	struct companion mine;
	bool ok = true;

	alarm(2 * PATIENCE);
	if (!has_threads(1)) {
		ksft_print_msg("a forked child has %ld threads",
			       proc_number("status", "Threads:"));
		ok = false;
	}
	ok &= zeroes_come();
	mix_run(m, 500);
	if (thorough) {
		ok &= companion_start(&mine) && keeper_works(has_keeper);
		companion_end(&mine);
	}
	return mix_end(m, false) || !ok;
}

static int amid_decommits(void)
{
	static struct mix m;
	pthread_t thread[CHURNERS];
	int status, bad = 0;

	for (int i = 0; i < CHURNERS; i++)
		if (pthread_create(&thread[i], NULL, churn, NULL))
			return SKIPPED;
	mix_run(&m, 500);
	if (!ktap_await(has_keeper, 0, PATIENCE))
		return 1;
	for (int i = 0; i < FORKS && !bad; i++) {
		pid_t pid = fork();

		if (!pid)
			_exit(child(&m, i % 5 == 3));
		mix_run(&m, 100);
		bad |= pid < 0 || waitpid(pid, &status, 0) != pid || status;
	}
	__atomic_store_n(&churn_over, true, __ATOMIC_RELAXED);
	for (int i = 0; i < CHURNERS; i++)
		pthread_join(thread[i], NULL);
	return bad | mix_end(&m, false);
}

static bool begin(void)
{
	return companion_start(&other) && keeper_works(has_keeper);
}

static bool end(void)
{
	bool ok = goes_back() && has_keeper(0);

	companion_end(&other);
	return ok;
}

/* no batch for a while: nobody is at work, and no lock is held */
static void quiet(void)
{
	uint64_t before;

	do {
		before = ktap_stat(HAK_STAT_BATCHES);
		ktap_pause(200);
	} while (ktap_stat(HAK_STAT_BATCHES) != before);
}

/* who still believed in a keeper would ring for ever, and give nothing back */
static int no_handlers(pid_t (*forked)(void))
{
	int status = 0;
	pid_t pid;

	if (!begin())
		return 1;
	for (int i = 0; i < 5; i++) {
		quiet();
		pid = forked();
		if (!pid)
			_exit(!has_threads(1) || !zeroes_come() ||
			      !goes_back());
		if (pid < 0 || waitpid(pid, &status, 0) != pid || status) {
			ksft_print_msg("ended with %#x", status);
			return 1;
		}
	}
	return !end();
}

static int bare_fork(void)
{
	return no_handlers(_Fork);
}

static pid_t raw_clone(void)
{
	return (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

static int clone_fork(void)
{
	return no_handlers(raw_clone);
}

/* a long call on its way, and no lock held: the child has what it was about */
static void *give_much(void *block)
{
	free(block);
	return NULL;
}

static int bare_in_trim(void)
{
	const size_t bytes = 512 * MIB;
	pthread_t thread;
	int status = 0;
	pid_t pid;

	for (int i = 0; i < 4; i++) {
		char *block = malloc(bytes);

		if (!block)
			return SKIPPED;
		memset(block, 1, bytes);
		if (pthread_create(&thread, NULL, give_much, block))
			return SKIPPED;
		ktap_pause(10 + i);
		pid = _Fork();
		if (!pid) {
			alarm(PATIENCE);
			if (!zeroes_come() || !goes_back())
				_exit(1);
			malloc_trim(0);
			_exit(!rss_below(128 * 1024));
		}
		pthread_join(thread, NULL);
		if (pid < 0 || waitpid(pid, &status, 0) != pid || status) {
			ksft_print_msg("ended with %#x", status);
			return 1;
		}
	}
	return 0;
}

/* where there is to be a keeper from the start, also without a call of malloc */
static int child_has_one(void)
{
	int status = 0;
	pid_t pid;

	for (int i = 0; i < 20; i++) {
		pid = fork();
		if (!pid)
			_exit(!ktap_await(has_keeper, 0, PATIENCE));
		if (pid < 0 || waitpid(pid, &status, 0) != pid || status) {
			ksft_print_msg("a child has none: %#x", status);
			return 1;
		}
	}
	return 0;
}

/* forked while the first keeper is being made, before it is there */
static int amid_births(void)
{
	struct companion mine;
	pthread_t thread;
	int status, bad = 0;

	if (pthread_create(&thread, NULL, churn, NULL))
		return SKIPPED;
	free(ktap_opaque(malloc(100)));
	for (int i = 0; i < 12 && !bad; i++) {
		pid_t pid = fork();

		if (!pid) {
			alarm(PATIENCE);
			_exit(!companion_start(&mine) ||
			      !keeper_works(has_keeper));
		}
		bad |= pid < 0 || waitpid(pid, &status, 0) != pid || status;
	}
	__atomic_store_n(&churn_over, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	return bad;
}

static int execs(void)
{
	static char name[] = "true";
	char *args[] = { name, NULL };
	int status;
	pid_t pid;

	if (!begin())
		return 1;
	for (int i = 0; i < 60; i++) {
		swing(8);
		if (i % 2) {
			if (posix_spawn(&pid, "/bin/true", NULL, NULL, args,
					environ))
				return SKIPPED;
		} else {
			pid = vfork();
			if (!pid) {
				execv("/bin/true", args);
				_exit(127);
			}
		}
		if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
			return 1;
	}
	return !end();
}

static long uid_of(long tid)
{
	char file[32];

	snprintf(file, sizeof(file), "task/%ld/status", tid);
	return proc_number(file, "Uid:");
}

/* setuid reaches every thread of the C library's by a signal */
static int other_user(void)
{
	if (geteuid())
		return SKIPPED;
	if (!begin())
		return 1;
	if (setgid(65534) || setuid(65534))
		return SKIPPED;
	if (uid_of(keeper_tid()) != 65534) {
		ksft_print_msg("the keeper is user %ld", uid_of(keeper_tid()));
		return 1;
	}
	return !goes_back() || setuid(0) == 0 || !end();
}

static void *sleeper(void *unused)
{
	char *block = malloc(3 * MIB);

	if (block)
		memset(block, 1, 3 * MIB);
	free(ktap_opaque(block));
	for (;;)
		pause();
	return unused;
}

static int cancelled(void)
{
	pthread_t thread;
	void *ret;

	if (!begin())
		return 1;
	for (int i = 0; i < 100; i++) {
		if (pthread_create(&thread, NULL, sleeper, NULL) ||
		    pthread_cancel(thread) || pthread_join(thread, &ret) ||
		    ret != PTHREAD_CANCELED)
			return 1;
		swing(2);
	}
	return !end();
}

/* to the end of exit(), or by the main thread's, with much on its way */
static int ends(void)
{
	int status;
	pid_t pid;

	for (int i = 0; i < 24; i++) {
		pid = fork();
		if (!pid) {
			pthread_t thread;

			alarm(PATIENCE);
			free(ktap_opaque(malloc(100)));
			pthread_create(&thread, NULL, churn, NULL);
			ktap_await(has_keeper, 0, PATIENCE);
			swing(16);
			if (i % 2)
				return 0;
			_exit(0);
		}
		if (pid < 0 || waitpid(pid, &status, 0) != pid || status) {
			ksft_print_msg("ended with %#x", status);
			return 1;
		}
	}
	return 0;
}

static const struct check {
	const char *mode;
	int (*run)(void);
	const char *name;
} checks[] = {
	{ "fork", amid_decommits, "forks amid decommits" },
	{ "bare", bare_fork, "_Fork(), which runs no handlers" },
	{ "clone", clone_fork, "clone(), of which libc does not know" },
	{ "births", amid_births, "forks amid births" },
	{ "exec", execs, "vfork and exec, posix_spawn" },
	{ "user", other_user, "setgid and setuid reach the keeper" },
	{ "cancel", cancelled, "threads that are cancelled" },
	{ "end", ends, "exit while the keeper works" },
};
#define NR_CHECKS (sizeof(checks) / sizeof(*checks))

int main(int argc, char **argv)
{
	static const char *const via[] = { "vector", "madvise", "uring" };
	char name[80];

	ktap_preload(argv);
	if (argc > 1 && !strcmp(argv[1], "has"))
		return child_has_one();
	if (argc > 1 && !strcmp(argv[1], "trim"))
		return bare_in_trim();
	for (size_t i = 0; argc > 1 && i < NR_CHECKS; i++)
		if (!strcmp(argv[1], checks[i].mode))
			return checks[i].run();
	if (!ktap_is_hakmem())
		ksft_exit_skip("needs the library");
	be_lean("0", "1");
	for (int i = 0; i < 3; i++) {
		setenv("HAKMEM_DECOMMIT_VIA", via[i], 1);
		snprintf(name, sizeof(name), "%s, by %s", checks[0].name,
			 via[i]);
		in_self(checks[0].mode, name);
	}
	for (size_t i = 1; i < NR_CHECKS; i++)
		in_self(checks[i].mode, checks[i].name);
	setenv("HAKMEM_KEEPER", "on", 1);
	in_self("has", "a child has the keeper that is to be there");
	setenv("HAKMEM_KEEPER", "off", 1);
	setenv("HAKMEM_HUGE", "off", 1);
	in_self("trim", "_Fork() while another thread gives back");
	return ksft_finished();
}
