/* SPDX-License-Identifier: MIT */
/*
 * target.c - what HAKMEM_SS_MEM_LEAN_TARGET_MB and HAKMEM_KEEP_MB leave
 * resident is for the heaps of all nodes together.
 *
 * Topologies: four
 */
#include <numa.h>
#include <pthread.h>
#include <stdlib.h>

#include "ktap_run.h"
#include "ktap_stats.h"

enum { NODES = 4, BLOCKS = 60, BYTES = 1000000, SLACK_MIB = 16 };

static pthread_barrier_t bar;

static long resident_mib(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	long pages = 0;

	if (!file || fscanf(file, "%*d %ld", &pages) != 1)
		exit(1);
	fclose(file);
	return pages * 4 / 1024;
}

static bool below(long mib)
{
	return resident_mib() <= mib;
}

static void *use(void *node)
{
	static __thread char *block[BLOCKS];

	numa_run_on_node((int)(long)node);
	for (int i = 0; i < 20; i++)
		free(ktap_opaque(malloc(20000)));
	for (int i = 0; i < BLOCKS; i++)
		memset(block[i] = malloc(BYTES), 1, BYTES);
	pthread_barrier_wait(&bar);
	for (int i = 0; i < BLOCKS; i++)
		free(block[i]);
	free(ktap_opaque(malloc(3 * BYTES)));
	pthread_barrier_wait(&bar);
	pause();
	return NULL;
}

static int used_on_all(long most)
{
	pthread_t thread;
	bool ok;

	pthread_barrier_init(&bar, NULL, NODES + 1);
	for (long i = 0; i < NODES; i++)
		if (pthread_create(&thread, NULL, use, (void *)i))
			return 1;
	pthread_barrier_wait(&bar);
	pthread_barrier_wait(&bar);
	ok = ktap_await(below, most + SLACK_MIB, 60);
	printf("%ld MiB resident\n", resident_mib());
	fflush(stdout);
	_exit(!ok);
}

static void ask(const char *option, const char *mib, const char *name)
{
	struct ktap_run run;

	setenv(option, mib, 1);
	ktap_run_self(&run, mib, NULL, NULL, 60);
	unsetenv(option);
	ksft_test_result(!run.status, "%s", name);
	if (run.status)
		ksft_print_msg("%s %s", mib, run.out);
}

int main(int argc, char **argv)
{
	ktap_preload(argv);
	if (argc > 1)
		return used_on_all(atol(argv[1]));
	setenv("HAKMEM_DECOMMIT_DELAY", "100", 1);
	setenv("HAKMEM_KEEP_PERCENT", "0", 1);
	ask("HAKMEM_SS_MEM_LEAN_TARGET_MB", "80", "a target of 80 MiB");
	ask("HAKMEM_KEEP_MB", "64", "64 MiB kept");
	setenv("HAKMEM_DECOMMIT_DELAY", "100000", 1);
	setenv("HAKMEM_KEEP_MB", "1000", 1);
	ask("HAKMEM_SS_MEM_LEAN_TARGET_MB", "80", "a target, with a long delay");
	return ksft_finished();
}
