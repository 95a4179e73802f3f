/* SPDX-License-Identifier: MIT */
/*
 * lazy.c - a node that memory is bound to, of which little is free, and most of
 * the rest the kernel could have back: malloc has it, as any program's touch
 * would, and says NULL before somebody is killed.
 *
 * Without a disk there is no page cache to fill: it is memory let go of with
 * MADV_FREE, which is on the same list.
 * Topologies: two four
 */
#include <numa.h>
#include <signal.h>
#include <sys/prctl.h>

#include "numa/pages.h"

#include "ktap_run.h"

#define MIB	 ((size_t)1 << 20)
#define FREE_MIB 100
#define WANT_MIB 150
#define NODE	 (numa_max_node())
#define BLOCKS	 16384

static char *block[BLOCKS];

static long long free_mib(int node)
{
	long long left = 0;

	numa_node_size64(node, &left);
	return left >> 20;
}

/* Until it is killed this process holds the node's memory, LAZILY or not. */
static pid_t hold(int node, long long leave_mib, bool lazily)
{
	int ready[2];
	char byte;
	pid_t pid;

	if (pipe(ready) || (pid = fork()) < 0)
		ksft_exit_fail_msg("%s", strerror(errno));
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		while (free_mib(node) > leave_mib) {
			char *some = mmap(NULL, 2 * MIB, PROT_READ | PROT_WRITE,
					  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

			madvise(some, 2 * MIB, MADV_NOHUGEPAGE);
			numa_tonode_memory(some, 2 * MIB, node);
			memset(some, 1, 2 * MIB);
			if (lazily)
				madvise(some, 2 * MIB, MADV_FREE);
		}
		if (write(ready[1], "", 1) == 1)
			pause();
		_exit(0);
	}
	if (read(ready[0], &byte, 1) != 1)
		ksft_exit_fail_msg("the holder died");
	return pid;
}

static void let_go(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* As many MiB as are wanted, or as there are, of blocks of this size. */
static int take(size_t bytes, size_t mib)
{
	struct pages pages = { 0 };
	size_t had = 0;
	int n = 0;

	memset(block, 1, sizeof(block));
	for (; n < BLOCKS && had < mib * MIB; n++) {
		block[n] = malloc(bytes);
		if (!block[n])
			break;
		memset(block[n], 1, bytes);
		had += bytes;
	}
	for (int i = 0; i < n; i++)
		pages_count(&pages, block[i], bytes);
	pages_print("# where", &pages);
	printf("# %zu MiB in blocks of %zu bytes, %lld MiB free\n", had / MIB,
	       bytes, free_mib(NODE));
	fflush(NULL);
	if (pages.on[NODE] < pages_there(&pages))
		_exit(2);
	_exit(had < mib * MIB);
}

/* The status of a program that is bound to the node, and takes so much. */
static int bound(const char *bytes, const char *mib)
{
	struct ktap_run run;
	char node[16];
	pid_t pid;
	int fd[2];

	pid = ktap_run_start(fd, 100);
	if (pid == 0) {
		snprintf(node, sizeof(node), "%d", NODE);
		execlp("numactl", "numactl", "--membind", node, "--cpunodebind",
		       node, "/hakmem/tests/numa/lazy", bytes, mib,
		       (char *)NULL);
		_exit(127);
	}
	ktap_run_end(&run, pid, fd);
	fputs(run.out, stdout);
	return run.status;
}

int main(int argc, char **argv)
{
	static const char *const sizes[] = { "262144", "7000000" };
	char want[16];
	pid_t holder;
	int status;

	ktap_preload(argv);
	if (argc > 2)
		return take((size_t)atol(argv[1]), (size_t)atol(argv[2]));
	ksft_print_header();
	ksft_set_plan(3);
	snprintf(want, sizeof(want), "%d", WANT_MIB);
	for (int i = 0; i < 2; i++) {
		holder = hold(NODE, FREE_MIB, true);
		ksft_test_result(bound(sizes[i], want) == 0,
				 "%s MiB of what was let go of lazily, in %s",
				 want, sizes[i]);
		let_go(holder);
	}
	holder = hold(NODE, FREE_MIB, true);
	status = bound(sizes[0], "100000");
	let_go(holder);
	ksft_test_result(WIFEXITED(status) && WEXITSTATUS(status) == 1,
			 "all of it: NULL, and nobody is killed (status %x)",
			 status);
	return ksft_finished();
}
