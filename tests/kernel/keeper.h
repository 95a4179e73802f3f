/* SPDX-License-Identifier: MIT */
/*
 * keeper.h - tools to start a keeper and to see memory go back.
 *
 * Only swing() allocates.
 */
#pragma once

#include "util.h"

#include "../ktap_run.h"
#include "../ktap_stats.h"

#include <pthread.h>
#include <semaphore.h>

#define PATIENCE	100	/* seconds; a wait normally ends within one */

/* let child programs keep little memory, and only for a short time */
static UTIL_UNUSED void be_lean(const char *delay, const char *batch)
{
	setenv("HAKMEM_PROFILE", "lean", 1);
	setenv("HAKMEM_DECOMMIT_DELAY", delay, 1);
	setenv("HAKMEM_BATCH", batch, 1);
}

/* id of the thread with this name in a process, or 0; allocates nothing */
static UTIL_UNUSED long thread_named(pid_t pid, const char *name)
{
	static char buf[4096] __attribute__((aligned(8)));
	char path[64], comm[32];
	long len, tid, found = 0;
	int dir, fd;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	while (!found &&
	       (len = syscall(SYS_getdents64, dir, buf, sizeof(buf))) > 0)
		for (long at = 0; at < len && !found;) {
			unsigned short step;

			memcpy(&step, buf + at + 16, sizeof(step));
			tid = strtol(buf + at + 19, NULL, 10);
			at += step;
			snprintf(path, sizeof(path), "/proc/%d/task/%ld/comm",
				 pid, tid);
			memset(comm, 0, sizeof(comm));
			fd = tid ? open(path, O_RDONLY | O_CLOEXEC) : -1;
			if (fd >= 0 && read(fd, comm, sizeof(comm) - 1) > 0 &&
			    !strncmp(comm, name, strlen(name)))
				found = tid;
			close(fd);
		}
	close(dir);
	return found;
}

/* the keeper's thread id, or 0 */
static UTIL_UNUSED long keeper_tid(void)
{
	return thread_named(getpid(), "hakmem-keeper");
}

static UTIL_UNUSED bool has_keeper(long unused)
{
	(void)unused;
	return keeper_tid() != 0;
}

static UTIL_UNUSED bool has_threads(long threads)
{
	return proc_number("status", "Threads:") == threads;
}

/* wait until nothing has gone back to the kernel for MS milliseconds */
static UTIL_UNUSED void await_calm(long ms)
{
	long end = ktap_ms() + PATIENCE * 1000;
	uint64_t before;

	do {
		before = ktap_stat(HAK_STAT_DECOMMITTED) +
			 ktap_stat(HAK_STAT_GUARDED);
		ktap_pause(ms);
	} while (ktap_stat(HAK_STAT_DECOMMITTED) +
				 ktap_stat(HAK_STAT_GUARDED) !=
			 before &&
		 ktap_ms() < end);
}

/* true if a keeper was started; under a filter the keeper has no name */
static UTIL_UNUSED bool keeper_started(long unused)
{
	(void)unused;
	return ktap_stat(HAK_STAT_KEEPERS) != 0;
}

static UTIL_UNUSED bool rss_below(long kib)
{
	return proc_number("status", "VmRSS:") < kib;
}

static UTIL_UNUSED bool batches_from(long count)
{
	return ktap_stat(HAK_STAT_BATCHES) >= (uint64_t)count;
}

/* touch and free MIB of blocks, alternately of 4 MiB or 10000 bytes */
static UTIL_UNUSED bool swing(size_t mib)
{
	static bool small;
	size_t bytes = small ? 10000 : 4 * MIB;
	char **chain = NULL, **block;

	small = !small;
	for (size_t sum = 0; sum < mib * MIB; sum += bytes) {
		block = malloc(bytes);
		if (!block)
			return false;
		memset(block, 1, bytes);
		*block = (char *)chain;
		chain = block;
	}
	while (chain) {
		block = (char **)*chain;
		free(chain);
		chain = block;
	}
	return true;
}

/* use and free 64 MiB; then the resident size must soon return to its old value */
static UTIL_UNUSED bool goes_back(void)
{
	long before = proc_number("status", "VmRSS:");

	for (int i = 0; i < 2; i++)
		if (!swing(64) ||
		    !ktap_await(rss_below, before + 16 * 1024, PATIENCE)) {
			ksft_print_msg("resident: %ld KiB, %ld before",
				       proc_number("status", "VmRSS:"),
				       before);
			return false;
		}
	return true;
}

/* a thread with an allocation, idle until released */
struct companion {
	pthread_t thread;
	sem_t here, go;
};

static void *accompany(void *arg)
{
	struct companion *me = arg;

	free(ktap_opaque(malloc(100)));
	sem_post(&me->here);
	while (sem_wait(&me->go))
		;
	return NULL;
}

static UTIL_UNUSED bool companion_start(struct companion *other)
{
	if (sem_init(&other->here, 0, 0) || sem_init(&other->go, 0, 0) ||
	    pthread_create(&other->thread, NULL, accompany, other))
		return false;
	while (sem_wait(&other->here))
		;
	return true;
}

static UTIL_UNUSED void companion_end(struct companion *other)
{
	sem_post(&other->go);
	pthread_join(other->thread, NULL);
}

static bool churn_over;

/* fill and empty superslabs all the time, with nonzero bytes */
static UTIL_UNUSED void *churn(void *unused)
{
	char *block[4];

	/* allocate, so that hakmem counts this thread */
	free(ktap_opaque(malloc(100)));
	while (!__atomic_load_n(&churn_over, __ATOMIC_RELAXED)) {
		for (int i = 0; i < 4; i++) {
			block[i] = malloc(3 * MIB);
			if (block[i])
				memset(block[i], 0x5a, 3 * MIB);
		}
		for (int i = 0; i < 4; i++)
			free(ktap_opaque(block[i]));
	}
	return unused;
}

/* true if a keeper exists and gives memory back */
static UTIL_UNUSED bool keeper_works(bool (*there)(long))
{
	if (!swing(64) || !ktap_await(there, 0, PATIENCE)) {
		ksft_print_msg("there is no keeper");
		return false;
	}
	return goes_back();
}

/* run `MODE` of this program; pass if it exits with 0 and prints no error */
static UTIL_UNUSED void in_self(const char *mode, const char *name)
{
	struct ktap_run run;

	ktap_run_self(&run, mode, NULL, NULL, 3 * PATIENCE);
	if (WIFEXITED(run.status) && WEXITSTATUS(run.status) == SKIPPED)
		ksft_test_result_skip("not possible here", "%s", name);
	else
		ktap_run_result(&run, name);
}
