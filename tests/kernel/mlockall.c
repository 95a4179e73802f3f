/* SPDX-License-Identifier: MIT */
/*
 * mlockall.c - a process that locks its memory does not lock a reservation:
 * VmLck stays within 48 MiB after small use, and a small RLIMIT_MEMLOCK
 * makes malloc say ENOMEM instead of dying.
 *
 * Hazard 57.  Peers: gperftools 25 MiB, glibc 75 with a thread, mimalloc 1035.
 */
#include "mix.h"

#include <malloc.h>
#include <pthread.h>

#define LIMIT_KIB	(48 * 1024L)

static void *small_use(void *unused)
{
	void *block[1000];

	(void)unused;
	for (int i = 0; i < 1000; i++)
		block[i] = ktap_opaque(malloc(16 + i));
	for (int i = 0; i < 1000; i++)
		free(block[i]);
	free(ktap_opaque(malloc(100 * KIB)));
	return NULL;
}

static bool memlock_allows(size_t bytes)
{
	struct rlimit limit;

	return !geteuid() || (!getrlimit(RLIMIT_MEMLOCK, &limit) &&
			      limit.rlim_cur >= bytes);
}

static int locked(long flags, bool with_thread)
{
	pthread_attr_t attr;
	pthread_t thread;
	long kib;

	if (!memlock_allows(64 * MIB) || mlockall((int)flags))
		return SKIPPED;
	small_use(NULL);
	if (with_thread) {
		pthread_attr_init(&attr);
		pthread_attr_setstacksize(&attr, 64 * KIB);
		if (pthread_create(&thread, &attr, small_use, NULL))
			return 1;
		pthread_join(thread, NULL);
	}
	kib = proc_number("status", "VmLck:");
	ksft_print_msg("VmLck %ld KiB", kib);
	return kib < 0 || kib > LIMIT_KIB;
}

/* Blocks come by the dozen, and next to nothing is locked that none of them has. */
static int growing(void)
{
	long before, over, most = 0;

	if (!memlock_allows(160 * MIB) || mlockall(MCL_FUTURE))
		return SKIPPED;
	before = proc_number("status", "VmLck:");
	for (int i = 1; i <= 2048; i++) {
		if (!ktap_opaque(malloc(64 * KIB)))
			return 1;
		over = proc_number("status", "VmLck:") - before - i * 64L;
		most = over > most ? over : most;
	}
	ksft_print_msg("%ld MiB more than 128 of blocks, at most", most / 1024);
	return most > 16 * 1024L;
}

/* What the kernel refuses while it is locked goes when it is not any more. */
static int unlocked(void)
{
	static char *block[60];
	long before, locked, after;

	if (!memlock_allows(400 * MIB) || mlockall(MCL_FUTURE))
		return SKIPPED;
	before = proc_number("status", "VmRSS:");
	for (int i = 0; i < 60; i++) {
		block[i] = malloc((i % 2 ? 3 : 33) * MIB / (i % 2 ? 1 : 8));
		if (!block[i])
			return 1;
		memset(block[i], 1, MIB);
	}
	block[0] = realloc(block[0], 40 * MIB);
	block[0] = realloc(block[0], 60 * MIB);
	for (int i = 0; i < 60; i++)
		free(block[i]);
	malloc_trim(0);
	locked = proc_number("status", "VmRSS:") - before;
	munlockall();
	malloc_trim(0);
	after = proc_number("status", "VmRSS:") - before;
	ksft_print_msg("%ld MiB locked, then %ld", locked / 1024, after / 1024);
	return locked < 100 * 1024L || after > 16 * 1024L;
}

static int by_mode(const char *mode)
{
	long flags = strchr(mode, 'c') ? MCL_CURRENT | MCL_FUTURE : MCL_FUTURE;

	return locked(flags, strchr(mode, 't'));
}

/* locked memory is all there is, and there is little of it */
static int starved(long mib)
{
	struct rlimit limit = { mib * MIB, mib * MIB };
	static struct mix m;

	if (setrlimit(RLIMIT_MEMLOCK, &limit) || !drop_root())
		return SKIPPED;
	if (mlockall(MCL_FUTURE))
		return SKIPPED;
	mix_run(&m, 3000);
	ksft_print_msg("%ld of 3000 refused", m.refused);
	return mix_end(&m, true);
}

int main(int argc, char **argv)
{
	const char *exe;

	ktap_preload(argv);
	if (argc > 1 && !strcmp(argv[1], "growing"))
		return growing();
	if (argc > 1 && !strcmp(argv[1], "unlocked"))
		return unlocked();
	if (argc > 1)
		return by_mode(argv[1]);
	exe = self_path();
	in_exec(NULL, 0, exe, "growing", "MCL_FUTURE and a heap that grows");
	in_exec(NULL, 0, exe, "unlocked", "freed under a lock, and unlocked");
	in_exec(NULL, 0, exe, "f", "mlockall(MCL_FUTURE)");
	in_exec(NULL, 0, exe, "c", "mlockall(MCL_CURRENT|MCL_FUTURE)");
	in_exec(NULL, 0, exe, "ft", "mlockall(MCL_FUTURE) and a thread");
	in_exec(NULL, 0, exe, "ct", "mlockall(both) and a thread");
	in_child(starved, 8, "MCL_FUTURE in RLIMIT_MEMLOCK 8 MiB, not root");
	in_child(starved, 2, "MCL_FUTURE in RLIMIT_MEMLOCK 2 MiB, not root");
	return ksft_finished();
}
