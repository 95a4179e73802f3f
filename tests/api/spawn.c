/* SPDX-License-Identifier: MIT */
/*
 * spawn.c - children made in unusual ways that allocate: posix_spawn, vfork's
 * clone, a raw clone that runs no fork handlers, daemon, a new process group
 * of forks of forks.
 */
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <spawn.h>
#include <stdint.h>
#include <sys/syscall.h>

#include "../ktap.h"
#include "../ktap_run.h"

extern char **environ;

static char *kept[200];

static void work(void)
{
	for (int i = 0; i < 200; i++) {
		free(kept[i]);
		kept[i] = malloc((size_t)(i * 307));
		if (!kept[i])
			_exit(3);
		memset(kept[i], i, (size_t)(i * 307));
	}
	free(realloc(calloc(1, 300000), 3 << 20));
}

static bool whole(void)
{
	for (int i = 0; i < 200; i++)
		for (int at = 0; at < i * 307; at++)
			if (kept[i][at] != (char)i)
				return false;
	return true;
}

static bool ended_well(pid_t pid)
{
	int status = 0;

	return pid > 0 && waitpid(pid, &status, 0) == pid &&
	       WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void spawned(void)
{
	char *args[] = { (char *)"spawn", (char *)"child", NULL };
	int bad = 0;

	for (int i = 0; i < 100; i++) {
		posix_spawn_file_actions_t actions;
		pid_t pid;

		posix_spawn_file_actions_init(&actions);
		posix_spawn_file_actions_addclose(&actions, STDIN_FILENO);
		if (posix_spawn(&pid, "/proc/self/exe", &actions, NULL, args,
				environ))
			bad++;
		else
			bad += !ended_well(pid);
		posix_spawn_file_actions_destroy(&actions);
		free(malloc((size_t)i * 100));
	}
	ksft_test_result(!bad, "100 children of posix_spawn");
}

static int in_shared_memory(void *arg)
{
	work();
	free(arg);
	return 0;
}

/* The child shares memory and TLS: what it allocates is the parent's. */
static void vforked(void)
{
	char *stack = malloc(256 << 10);
	int bad = 0;

	for (int i = 0; i < 40; i++) {
		pid_t pid = clone(in_shared_memory, stack + (256 << 10) - 64,
				  CLONE_VM | CLONE_VFORK | SIGCHLD,
				  malloc(100));

		bad += !ended_well(pid) || !whole();
		work();
	}
	free(stack);
	ksft_test_result(!bad, "40 children of clone(CLONE_VM|CLONE_VFORK)");
}

/* No fork handlers run: another thread may hold any lock at that moment. */
static void raw(void)
{
	int bad = 0;

	for (int i = 0; i < 40; i++) {
		pid_t pid = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);

		if (pid == 0) {
			alarm(100);
			work();
			_exit(whole() ? 0 : 4);
		}
		bad += !ended_well(pid) || !whole();
	}
	ksft_test_result(!bad, "40 children of a raw clone");
}

static void *churn(void *arg)
{
	for (volatile int *stop = arg; !*stop;)
		free(malloc((size_t)rand() % 40000));
	return NULL;
}

static void forks_of_forks(void)
{
	volatile int stop = 0;
	pthread_t thread[2];
	int bad = 0;

	for (int i = 0; i < 2; i++)
		pthread_create(&thread[i], NULL, churn, (void *)&stop);
	for (int i = 0; i < 15; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			for (int depth = 0; depth < 5; depth++) {
				work();
				pid = fork();
				if (pid)
					_exit(whole() && ended_well(pid) ?
					      0 : 4);
			}
			work();
			_exit(0);
		}
		bad += !ended_well(pid);
	}
	stop = 1;
	for (int i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	ksft_test_result(!bad, "15 chains of five forks beside two threads");
}

static int daemonised(void *arg)
{
	(void)arg;
	work();
	if (daemon(1, 1))
		return 3;
	work();
	return !whole();
}

static void as_daemon(void)
{
	struct ktap_run run;

	ktap_run_fork(&run, daemonised, NULL, 30);
	ktap_run_result(&run, "daemon(3)");
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		work();
		return !whole();
	}
	ktap_preload(argv);
	ksft_print_header();
	ksft_set_plan(5);
	work();
	spawned();
	vforked();
	raw();
	forks_of_forks();
	as_daemon();
	return ksft_finished();
}
