/* SPDX-License-Identifier: MIT */
/*
 * generations.c - a daemon that replaces itself by a fork, over and over, with
 * four threads at work each time: what the missing threads held is used again,
 * and no live block changes.
 *
 * HAKMEM_STRESS_GENERATIONS: how many, 24 if not said.
 */
#include "../ktap_run.h"
#include "stress.h"

#define THREADS 4
#define SLOTS	2000
#define KEPT	4    /* of that many fork children, one keeps a block longer */
#define WARM	8    /* generations before the first measurement */
#define ALLOWED 1024 /* KiB a generation */

static _Atomic(void *) slot[THREADS * SLOTS];
static void *kept[THREADS * SLOTS];
static _Atomic long work_done[THREADS];
static atomic_bool stop;

/* A signal or a fork never finds a freed block in a slot. */
static void replace(_Atomic(void *) *at, uint64_t *random)
{
	size_t size = STRESS_LEAST + stress_random(random) % 3000;
	void *block;

	stress_free(atomic_exchange(at, NULL));
	block = malloc(size);
	if (!block)
		ksft_exit_fail_msg("no memory");
	stress_write(block, size, *random);
	stress_free(atomic_exchange(at, block));
}

static void *churn(void *arg)
{
	uint64_t number = (uint64_t)(uintptr_t)arg;
	uint64_t random = number * 77777 + (uint64_t)getpid();

	while (!stop) {
		uint64_t dice = stress_random(&random);
		uint64_t at = number * SLOTS + dice % SLOTS;

		/* Sometimes free a block of another thread. */
		if (dice >> 32 & 7)
			replace(&slot[at], &random);
		else
			replace(&slot[(at + SLOTS) % (THREADS * SLOTS)],
				&random);
		work_done[number]++;
	}
	return NULL;
}

/* Free what the parent's threads left, most now and some a generation later. */
static void free_old(void)
{
	for (int i = 0; i < THREADS * SLOTS; i++) {
		stress_free(kept[i]);
		kept[i] = atomic_exchange(&slot[i], NULL);
		if (i % KEPT) {
			stress_free(kept[i]);
			kept[i] = NULL;
		}
	}
}

static void wait_for_work(void)
{
	const struct timespec rest = { 0, 1000000 };

	for (int i = 0; i < THREADS; i++)
		while (work_done[i] < 3 * SLOTS)
			nanosleep(&rest, NULL);
}

/* Returns in the next generation. In the old one ends the process. */
static void fork_on(void)
{
	pthread_t thread[THREADS];
	int status;
	pid_t pid;

	stop = false;
	for (uintptr_t i = 0; i < THREADS; i++) {
		work_done[i] = 0;
		if (pthread_create(&thread[i], NULL, churn, (void *)i))
			ksft_exit_fail_msg("no thread");
	}
	wait_for_work();
	pid = fork();
	if (!pid) {
		alarm(600);
		return;
	}
	stop = true;
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	free_old();
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		_exit(99);
	if (WIFSIGNALED(status))
		fprintf(stderr, "killed by signal %d\n", WTERMSIG(status));
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 98);
}

static int subject(void *arg)
{
	long generations = *(long *)arg;
	long first = 0, last, i;

	for (i = 0; i <= generations; i++) {
		fork_on();
		free_old();
		if (i == WARM)
			first = stress_rss();
	}
	last = stress_rss();
	printf("%ld KiB at generation %d, %ld KiB at %ld", first, WARM, last,
	       generations);
	fflush(stdout);
	return STRESS_RSS_COUNTS &&
	       last - first > (generations - WARM) * ALLOWED;
}

int main(int argc, char **argv)
{
	long generations;
	struct ktap_run run;

	(void)argc;
	ktap_preload(argv);
	generations = stress_param("HAKMEM_STRESS_GENERATIONS", 24);
	ksft_print_header();
	ksft_set_plan(1);
	ktap_run_fork(&run, subject, &generations, 120);
	ktap_run_result(&run, "a daemon that replaces itself does not grow");
	ksft_print_msg("%s", run.out);
	return ksft_finished();
}
