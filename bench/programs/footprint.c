/* SPDX-License-Identifier: MIT */
/*
 * footprint.c - how much memory a simple use of malloc really takes.
 *
 * Run     footprint blocks MIB        requested and resident KiB of 100-byte blocks
 *         footprint threads NR        resident KiB with NR idle threads, one block
 *                                 of each of 20 sizes allocated by each
 *         footprint quiet NR          the same threads, allocating nothing
 *         footprint sleep [LIB]       resident KiB of `sleep` under LIB
 */
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const unsigned short twenty[] = {
	16, 32, 48, 64, 80, 96, 112, 128, 160, 192,
	224, 256, 320, 384, 448, 512, 640, 768, 896, 1024,
};

static pthread_barrier_t ready;
static pthread_mutex_t hold = PTHREAD_MUTEX_INITIALIZER;

/* smaps_rollup is exact; statm lags behind by the per-CPU batches */
static long resident_kib(pid_t pid)
{
	char path[64], line[256];
	long kib = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", pid);
	f = fopen(path, "r");
	if (!f)
		return -1;
	setvbuf(f, NULL, _IONBF, 0);
	while (kib < 0 && fgets(line, sizeof(line), f))
		sscanf(line, "Rss: %ld kB", &kib);
	fclose(f);
	return kib;
}

static int blocks(long mib)
{
	long nr = (mib << 20) / 100;
	long before = resident_kib(getpid());

	for (long i = 0; i < nr; i++) {
		char *block = malloc(100);

		if (!block)
			return 1;
		memset(block, 1, 100);
	}
	printf("%ld %ld\n", nr * 100 >> 10, resident_kib(getpid()) - before);
	return 0;
}

static void *idler(void *allocate)
{
	for (size_t i = 0; allocate && i < 20; i++) {
		char *block = malloc(twenty[i]);

		if (!block)
			abort();
		memset(block, 1, twenty[i]);
	}
	pthread_barrier_wait(&ready);
	pthread_mutex_lock(&hold);
	pthread_mutex_unlock(&hold);
	return NULL;
}

static int threads(long nr, int allocate)
{
	pthread_t thread;

	pthread_barrier_init(&ready, NULL, nr + 1);
	pthread_mutex_lock(&hold);
	for (long i = 0; i < nr; i++)
		if (pthread_create(&thread, NULL, idler,
				   allocate ? &ready : NULL))
			return 1;
	pthread_barrier_wait(&ready);
	printf("%ld\n", resident_kib(getpid()));
	fflush(stdout);
	_exit(0);
}

static int sleeper(const char *lib)
{
	char preload[4096], *envp[] = { preload, NULL };
	static char name[] = "sleep", seconds[] = "60";
	char *argv[] = { name, seconds, NULL };
	long kib;
	pid_t pid;

	snprintf(preload, sizeof(preload), "%s%s",
		 lib ? "LD_PRELOAD=" : "NONE=", lib ? lib : "");
	if (posix_spawn(&pid, "/bin/sleep", NULL, NULL, argv, envp))
		return 1;
	usleep(150000);
	kib = resident_kib(pid);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	printf("%ld\n", kib);
	return kib <= 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	long nr = argc > 2 ? atol(argv[2]) : 0;

	if (!strcmp(what, "blocks") && nr > 0)
		return blocks(nr);
	if (!strcmp(what, "threads") && nr > 0)
		return threads(nr, 1);
	if (!strcmp(what, "quiet") && nr > 0)
		return threads(nr, 0);
	if (!strcmp(what, "sleep"))
		return sleeper(argc > 2 ? argv[2] : NULL);
	return 2;
}
