/* SPDX-License-Identifier: MIT */
/*
 * full.c - a node without room: by default blocks come from elsewhere and go
 * home later; under numactl --membind malloc says so, and nobody is killed.
 *
 * A child holds all but a little of the last node's memory meanwhile.
 * Topologies: two four
 */
#include <numa.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>

#include "numa/pages.h"

#include "ktap_run.h"

#define MIB	  ((size_t)1 << 20)
/* Of what is left the kernel keeps 30 to 80, and 35 are on its lists. */
#define SPILL_MIB 100
#define BOUND_MIB 160
#define BLOCK	  (256 << 10)
#define BLOCKS	  600 /* 150 MiB */
#define CPU_NODE  (numa_max_node())

static char *block[16384];

static long long free_mib(int node)
{
	long long left = 0;

	numa_node_size64(node, &left);
	return left >> 20;
}

/* A process that keeps the node's memory until it is killed. */
static pid_t hold(int node, long long leave_mib)
{
	int ready[2];
	char byte;
	pid_t pid;

	if (pipe(ready) || (pid = fork()) < 0)
		ksft_exit_fail_msg("%s", strerror(errno));
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		while (free_mib(node) > leave_mib) {
			char *some = mmap(NULL, MIB, PROT_READ | PROT_WRITE,
					  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

			numa_tonode_memory(some, MIB, node);
			memset(some, 1, MIB);
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

/* How many of the blocks' pages are on another node. */
static long away(int node, int count)
{
	struct pages pages = { 0 };

	for (int i = 0; i < count; i++)
		pages_count(&pages, block[i], BLOCK);
	return pages_there(&pages) - pages.on[node];
}

static void spills(int node)
{
	pid_t holder = hold(node, SPILL_MIB);
	bool whole = true;
	long before, after;

	numa_run_on_node(node);
	for (int i = 0; i < BLOCKS; i++) {
		block[i] = malloc(BLOCK);
		if (!block[i])
			ksft_exit_fail_msg("no memory");
		memset(block[i], i, BLOCK);
	}
	before = away(node, BLOCKS);
	ksft_test_result(before > 0,
			 "blocks spill from a full node (%ld pages)", before);
	let_go(holder);
	/* As long as there is something to do, a little comes home a second. */
	for (int second = 0; second < 30 && away(node, BLOCKS); second++) {
		for (int i = 0; i < 20; i++) {
			char *other = malloc(3 * MIB / 2);

			memset(other, 1, 3 * MIB / 2);
			free(other);
			nanosleep(&(struct timespec){ 0, 50000000 }, NULL);
		}
		free(aligned_alloc(2 * MIB, 4 * MIB));
		for (int i = 0; i < 4; i++)
			block[BLOCKS + i] = malloc(3 * MIB / 2);
		for (int i = 0; i < 4; i++)
			free(block[BLOCKS + i]);
	}
	after = away(node, BLOCKS);
	for (int i = 0; i < BLOCKS; i++)
		for (size_t at = 0; at < BLOCK; at += 512)
			whole &= block[i][at] == (char)i;
	ksft_test_result(after * 20 < before, "they come home (%ld left)",
			 after);
	ksft_test_result(whole, "with what was in them");
}

/* Under numactl: all that malloc gives, of small, medium or large blocks. */
static int take_all(const char *word)
{
	size_t bytes = (size_t)atol(word);
	long n = 0;

	/* The program's own memory is not what malloc can refuse. */
	memset(block, 1, sizeof(block));
	while ((block[n] = malloc(bytes))) {
		memset(block[n], 1, bytes);
		if (++n == 16384)
			return 3;
	}
	if (errno != ENOMEM)
		return 4;
	while (n)
		free(block[--n]);
	return 0;
}

static int under_membind(int node, const char *bytes)
{
	static char self[4096];
	char mask[16];
	int status;
	pid_t pid;

	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0 ||
	    (pid = fork()) < 0)
		ksft_exit_fail_msg("%s", strerror(errno));
	snprintf(mask, sizeof(mask), "%d", node);
	if (pid == 0) {
		execlp("numactl", "numactl", "--membind", mask, self, "take",
		       bytes, (char *)NULL);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	return status;
}

static void binds(int node)
{
	static const char *const sizes[] = { "65536", "1500000", "7000000" };
	pid_t holder = hold(node, BOUND_MIB);
	const char *word = getenv("NUMA_RUNS");
	int runs = word ? atoi(word) : 12;

	for (int size = 0; size < 3; size++) {
		int bad = 0;

		for (int run = 0; run < (runs + 2) / 3; run++)
			bad += under_membind(node, sizes[size]) != 0;
		ksft_test_result(
			!bad,
			"bound to a full node, %s bytes: ENOMEM (%d of %d bad)",
			sizes[size], bad, (runs + 2) / 3);
	}
	let_go(holder);
}

int main(int argc, char **argv)
{
	ktap_preload(argv);
	if (argc > 2)
		return take_all(argv[2]);
	ksft_print_header();
	ksft_set_plan(6);
	binds(CPU_NODE);
	spills(CPU_NODE);
	return ksft_finished();
}
