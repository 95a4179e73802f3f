/* SPDX-License-Identifier: MIT */
/*
 * init_race.c - fork racing with the first malloc, in a fresh process each
 * time: neither side may hang, and both have a heap that works.
 *
 * HAKMEM_STRESS_STARTS: how many processes, 150 if not said.
 */
#include <spawn.h>

#include "child.h"

extern char **environ;

static atomic_int ready;

static void *first_malloc(void *arg)
{
	uint64_t random = 99;

	ready = 1;
	while (ready != 2)
		;
	for (int i = 0; i < 20; i++)
		stress_free(stress_make(&random));
	return arg;
}

static int race(unsigned int turns)
{
	pthread_t thread;
	pid_t pid;

	alarm(150);
	if (pthread_create(&thread, NULL, first_malloc, NULL))
		return 2;
	while (!ready)
		;
	ready = 2;
	for (volatile unsigned int i = 0; i < turns; i++)
		;	/* fork a little later each time */
	pid = fork();
	if (pid == 0)
		stress_child(NULL, turns | 1);
	pthread_join(thread, NULL);
	return !stress_child_ended(pid);
}

int main(int argc, char **argv)
{
	long count, bad = 0;
	char turns[16];
	char *args[] = { (char *)"init_race", turns, NULL };
	pid_t pid;

	if (argc > 1)
		return race((unsigned int)atoi(argv[1]));
	ktap_preload(argv);
	count = stress_param("HAKMEM_STRESS_STARTS", 150);
	ksft_print_header();
	ksft_set_plan(1);
	for (long i = 0; i < count && bad < 3; i++) {
		snprintf(turns, sizeof(turns), "%ld", i * 37 % 20000);
		if (posix_spawn(&pid, "/proc/self/exe", NULL, NULL, args,
				environ))
			pid = -1;
		bad += !stress_child_ended(pid);
	}
	ksft_test_result(!bad, "%ld processes fork at their first malloc",
			 count);
	return ksft_finished();
}
