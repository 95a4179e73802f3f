/* SPDX-License-Identifier: MIT */
/*
 * processes.c - children and threads the C library does not know of, and
 * threads that are moved from CPU to CPU: nothing of theirs breaks ours.
 *
 * Hazards 25, 26, 33, 44.
 */
#include "mix.h"

#include <pthread.h>
#include <sched.h>
#include <spawn.h>

extern char **environ;

static struct mix shared;

/* same memory, same TLS: as vfork and posix_spawn make them */
static int vfork_child(void *unused)
{
	(void)unused;
	mix_run(&shared, 2000);
	return 0;
}

static int clone_vm(long unused)
{
	static char stack[256 * 1024] __attribute__((aligned(16)));

	(void)unused;
	mix_run(&shared, 500);
	for (int i = 0; i < 20; i++) {
		int status;
		pid_t pid = clone(vfork_child, stack + sizeof(stack),
				  CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);

		if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
			return 1;
		mix_run(&shared, 500);
	}
	return mix_end(&shared, false);
}

static int spawned(long nr)
{
	static struct mix m;
	static char name[] = "true";
	char *args[] = { name, NULL };

	while (nr-- > 0) {
		int status;
		pid_t pid;

		mix_run(&m, 20);
		if (posix_spawn(&pid, "/bin/true", NULL, NULL, args, environ))
			return SKIPPED;
		if (waitpid(pid, &status, 0) != pid || status)
			return 1;
	}
	return mix_end(&m, false);
}

static void *busy(void *stop)
{
	struct mix *m = calloc(1, sizeof(*m));

	while (m && !__atomic_load_n((bool *)stop, __ATOMIC_RELAXED))
		mix_run(m, 50);
	return (void *)(intptr_t)(!m || mix_end(m, false));
}

/*
 * A fork no atfork handler sees.  Promised for a single-threaded process only:
 * with others about, a lock of ours may be held for ever, as in any malloc.
 */
static int raw_fork(long unused)
{
	static struct mix m;

	(void)unused;
	for (int i = 0; i < 20; i++) {
		int status;
		long pid;

		mix_run(&m, 500);
		pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
		if (!pid) {
			mix_run(&m, 2000);
			_exit(mix_end(&m, false));
		}
		if (pid < 0 || waitpid((pid_t)pid, &status, 0) != pid || status)
			return 1;
	}
	return mix_end(&m, false);
}

/* two threads under memory traffic, each pinned anew 200 times */
static int moved(long unused)
{
	static bool stop;
	pthread_t thread[2];
	cpu_set_t all, one;
	int bad = 0, at = 0;

	(void)unused;
	if (sched_getaffinity(0, sizeof(all), &all) || CPU_COUNT(&all) < 2)
		return SKIPPED;
	for (int i = 0; i < 2; i++)
		if (pthread_create(&thread[i], NULL, busy, &stop))
			return SKIPPED;
	for (int i = 0; i < 200; i++) {
		do
			at = (at + 1) % CPU_SETSIZE;
		while (!CPU_ISSET(at, &all));
		CPU_ZERO(&one);
		CPU_SET(at, &one);
		pthread_setaffinity_np(thread[i & 1], sizeof(one), &one);
		usleep(1000);
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	for (int i = 0; i < 2; i++) {
		void *ret;

		pthread_join(thread[i], &ret);
		bad |= ret != NULL;
	}
	return bad;
}

/* the kernel refuses threads: whatever wanted one does without */
static int no_threads(long unused)
{
	struct rlimit none = { 0, 0 };
	static struct mix m;
	pthread_t thread;
	bool stop = true;

	(void)unused;
	if (pthread_create(&thread, NULL, busy, &stop))
		return SKIPPED;
	pthread_join(thread, NULL);	/* multi-threaded once, then never */
	if (setrlimit(RLIMIT_NPROC, &none) || !drop_root())
		return SKIPPED;
	if (!pthread_create(&thread, NULL, busy, &stop))
		return SKIPPED;
	mix_run(&m, 4000);
	return mix_end(&m, false);
}

int main(int argc, char **argv)
{
	(void)argc;
	ktap_preload(argv);
	in_child(clone_vm, 0, "a child in the same memory, as of vfork");
	in_child(spawned, 200, "200 posix_spawns between allocations");
	in_child(raw_fork, 0, "a raw clone of a single-threaded process");
	in_child(moved, 0, "threads moved from CPU to CPU");
	in_child(no_threads, 0, "no thread can be created any more");
	return ksft_finished();
}
