/* SPDX-License-Identifier: MIT */
/*
 * keeper_tls.c - a program with much thread-local memory, which lies in each
 * thread's stack, has a keeper and is watched as any other.
 */
#include "keeper.h"

static __thread volatile char much[4 << 20];

static int works(void)
{
	struct companion other;

	much[sizeof(much) - 1] = 1;
	return !companion_start(&other) || !keeper_works(has_keeper);
}

static bool has_watcher(long unused)
{
	(void)unused;
	return thread_named(getpid(), "hakmem-watcher") != 0;
}

static int is_watched(void)
{
	struct companion other;

	much[0] = 1;
	if (!companion_start(&other) || !swing(64))
		return 1;
	if (!ktap_await(has_keeper, 0, PATIENCE))
		return 1;
	/* where nothing can be watched by a descriptor nobody has to wait for it */
	if (syscall(SYS_userfaultfd, O_CLOEXEC | 1) < 0)
		return SKIPPED;
	return !ktap_await(has_watcher, 0, PATIENCE);
}

int main(int argc, char **argv)
{
	ktap_preload(argv);
	if (argc > 1)
		return argv[1][0] == 'w' ? is_watched() : works();
	if (!ktap_is_hakmem())
		ksft_exit_skip("needs the library");
	be_lean("0", "64");
	in_self("keeper", "a keeper where thread-local memory is 4 MiB");
	setenv("HAKMEM_GUARD", "report", 1);
	in_self("watcher", "a watcher where thread-local memory is 4 MiB");
	return ksft_finished();
}
