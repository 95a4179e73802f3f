/* SPDX-License-Identifier: MIT */
/*
 * child.h - the work of a child that is forked while many threads allocate: the
 * child allocates, frees a block of the parent, creates a thread, and forks again.
 */
#pragma once

#include <signal.h>
#include <sys/wait.h>

#include "stress.h"

/*
 * The number of threads in the child. A race detector cannot follow threads in
 * a child.
 */
#ifdef KTAP_LINKED
#define STRESS_CHILD_THREADS 0
#else
#define STRESS_CHILD_THREADS 1
#endif

static void stress_child_churn(uint64_t seed)
{
	void *block[16] = { NULL };

	for (int i = 0; i < 60; i++) {
		uint64_t at = stress_random(&seed) % 16;

		stress_free(block[at]);
		block[at] = stress_make(&seed);
		if (i % 3 == 0)
			block[at] = stress_resize(block[at], &seed);
	}
	for (int i = 0; i < 16; i++)
		stress_free(block[i]);
}

static void *stress_child_thread(void *arg)
{
	stress_child_churn((uint64_t)(uintptr_t)arg | 1);
	return NULL;
}

/* Does not return. SIGALRM ends a child that hangs. */
static __attribute__((noreturn)) void stress_child(void *inherited,
						   uint64_t seed)
{
	int status = 0;
	pid_t pid;

	alarm(150);
	stress_free(inherited);
	stress_child_churn(seed);
	if (STRESS_CHILD_THREADS) {
		pthread_t thread;

		if (pthread_create(&thread, NULL, stress_child_thread,
				   (void *)(uintptr_t)seed))
			_exit(3);
		pthread_join(thread, NULL);
	}
	pid = fork();
	if (pid == 0) {
		alarm(150);
		stress_child_churn(seed * 3 | 1);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		_exit(4);
	_exit(0);
}

/* True if the child ended well; otherwise prints the reason. */
static KTAP_UNUSED bool stress_child_ended(pid_t pid)
{
	int status = 0;

	if (pid < 0 || waitpid(pid, &status, 0) != pid) {
		ksft_print_msg("fork or waitpid: %s", strerror(errno));
		return false;
	}
	if (WIFSIGNALED(status))
		ksft_print_msg("child died of signal %d%s", WTERMSIG(status),
			       WTERMSIG(status) == SIGALRM ? ": it hung" : "");
	else if (status)
		ksft_print_msg("child exited with %d", WEXITSTATUS(status));
	return status == 0;
}
