/* SPDX-License-Identifier: MIT */
/*
 * pressure.c - where all is kept, what is empty goes back when the cgroup says
 * that memory is short, and not before; nor when the cgroup is gone.
 *
 * Topologies: two
 */
#include <pthread.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>

#include "ktap_run.h"
#include "ktap_stats.h"

#define CGROUP "/sys/fs/cgroup"
#define MIB    ((size_t)1 << 20)
#define BLOCK  ((size_t)64 << 10)
#define BLOCKS 3200 /* 200 MiB */

static char *block[BLOCKS];

static void say(const char *file, const char *text)
{
	int fd = open(file, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		ksft_exit_fail_msg("%s: %s", file, strerror(errno));
	close(fd);
}

static long resident_mib(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	long pages = 0;

	if (!file || fscanf(file, "%*d %ld", &pages) != 1)
		ksft_exit_fail_msg("statm");
	fclose(file);
	return pages * 4 / 1024;
}

/* CPU time of all threads. */
static long cpu_ms(void)
{
	struct timespec used;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return used.tv_sec * 1000 + used.tv_nsec / 1000000;
}

static pthread_barrier_t born;

static void *other_thread(void *unused)
{
	ktap_opaque(malloc(100));
	pthread_barrier_wait(&born);
	pause();
	return unused;
}

static bool resident_below(long mib)
{
	return resident_mib() <= mib;
}

static void use_and_free(void)
{
	for (int i = 0; i < BLOCKS; i++) {
		block[i] = malloc(BLOCK);
		memset(block[i], 1, BLOCK);
	}
	for (int i = 0; i < BLOCKS; i++)
		free(ktap_opaque(block[i]));
}

int main(int argc, char **argv)
{
	pthread_t thread;
	long kept, before;

	(void)argc;
	setenv("HAKMEM_PROFILE", "speed", 1);
	ktap_preload(argv);
	ksft_print_header();
	ksft_set_plan(3);
	if (mount("cgroup2", CGROUP, "cgroup2", 0, NULL))
		ksft_exit_fail_msg("cgroup2: %s", strerror(errno));
	say(CGROUP "/cgroup.subtree_control", "+memory");
	if (mkdir(CGROUP "/some", 0755))
		ksft_exit_fail_msg("mkdir: %s", strerror(errno));
	say(CGROUP "/some/cgroup.procs", "0");
	pthread_barrier_init(&born, NULL, 2);
	if (pthread_create(&thread, NULL, other_thread, NULL))
		ksft_exit_fail_msg("no thread");
	pthread_barrier_wait(&born);
	use_and_free();
	ktap_pause(3000);
	kept = resident_mib();
	ksft_test_result(kept > 180, "all is kept (%ld MiB)", kept);
	say(CGROUP "/some/memory.high", "100000000");
	ksft_test_result(ktap_await(resident_below, 40, 300),
			 "all goes when memory is short (%ld MiB left)",
			 resident_mib());
	say(CGROUP "/cgroup.procs", "0");
	if (rmdir(CGROUP "/some"))
		ksft_exit_fail_msg("rmdir: %s", strerror(errno));
	before = cpu_ms();
	ktap_pause(5000);
	/* A keeper that goes round for nothing takes all of its processor. */
	ksft_test_result(cpu_ms() - before < 2500,
			 "a cgroup that is gone is no news (%ld ms in 5 s)",
			 cpu_ms() - before);
	return ksft_finished();
}
