/* SPDX-License-Identifier: MIT */
/*
 * full.c - a node without room: by default blocks come from elsewhere and go
 * home later; under numactl --membind malloc returns NULL, and the kernel kills
 * nobody.
 *
 * A child holds all but a little of the last node's memory meanwhile.
 * Topologies: two four
 */
#include <numa.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "numa/pages.h"

#include "ktap_run.h"
#include "ktap_stats.h"

#define MIB	  ((size_t)1 << 20)
/*
 * Free memory left on the node. The kernel keeps 30 to 80 MiB for itself. Each
 * processor's own list of free pages may have 64 MiB of the node more, which no
 * figure of the node counts.
 */
#define SPILL_MIB 100
#define BOUND_MIB 160
#define HUGE_PAGE (2 * MIB)
#define HELD_MAX  ((size_t)1 << 30)
#define BLOCK	  (256 << 10)
#define SPILLED	  (30 * MIB / 4096) /* pages */
#define PATIENCE  200		    /* seconds */
#define CPU_NODE  (numa_max_node())

static char *block[16384];

static long long free_mib(int node)
{
	long long left = 0;

	numa_node_size64(node, &left);
	return left >> 20;
}

/* ---- A process that holds the node's memory ------------------------------ */

static struct holder {
	pid_t pid;
	int ask, answer; /* pipes */
} holder;

/* In the holder: the first address, a huge page's, and how much is held. */
static char *held;
static size_t held_bytes;

static void hold_more(int node)
{
	char *some = held + held_bytes;

	if (held_bytes == HELD_MAX ||
	    mprotect(some, HUGE_PAGE, PROT_READ | PROT_WRITE))
		_exit(1);
	numa_tonode_memory(some, HUGE_PAGE, node);
	memset(some, 1, HUGE_PAGE);
	held_bytes += HUGE_PAGE;
}

/* As whole as it came: the kernel frees a huge page when no part is mapped. */
static void hold_less(void)
{
	held_bytes -= HUGE_PAGE;
	madvise(held + held_bytes, HUGE_PAGE, MADV_DONTNEED);
}

/* For each question: make so much of the node free, and answer. */
static void hold(int node, long long leave_mib, int question, int answer)
{
	char byte;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	held = mmap(NULL, HELD_MAX + HUGE_PAGE, PROT_NONE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	held += -(uintptr_t)held % HUGE_PAGE;
	while (read(question, &byte, 1) == 1) {
		while (held_bytes && free_mib(node) < leave_mib)
			hold_less();
		while (free_mib(node) > leave_mib)
			hold_more(node);
		if (write(answer, "", 1) != 1)
			break;
	}
	_exit(0);
}

/*
 * Programs that end leave pages on the processors' lists, so each run would find
 * less memory free.
 */
static void level(void)
{
	char byte;

	if (write(holder.ask, "", 1) != 1 || read(holder.answer, &byte, 1) != 1)
		ksft_exit_fail_msg("the holder died");
}

static void fill_node(int node, long long leave_mib)
{
	int question[2], answer[2];

	if (pipe2(question, O_CLOEXEC) || pipe2(answer, O_CLOEXEC) ||
	    (holder.pid = fork()) < 0)
		ksft_exit_fail_msg("%s", strerror(errno));
	if (holder.pid == 0) {
		close(question[1]);
		close(answer[0]);
		hold(node, leave_mib, question[0], answer[1]);
	}
	close(question[0]);
	close(answer[1]);
	holder.ask = question[1];
	holder.answer = answer[0];
	level();
}

static void let_go(void)
{
	kill(holder.pid, SIGKILL);
	waitpid(holder.pid, NULL, 0);
	close(holder.ask);
	close(holder.answer);
}

/* ---- By default ---------------------------------------------------------- */

/* How many of the blocks' pages are on another node. */
static long away(int node, int count)
{
	struct pages pages = { 0 };

	for (int i = 0; i < count; i++)
		pages_count(&pages, block[i], BLOCK);
	return pages_there(&pages) - pages.on[node];
}

/* As many blocks as it takes until some lie elsewhere. Returns the number. */
static int fill_until_spilled(int node)
{
	int n = 0;

	while (away(node, n) < (long)SPILLED && n < 2400)
		for (int end = n + 40; n < end; n++) {
			block[n] = malloc(BLOCK);
			if (!block[n])
				ksft_exit_fail_msg("no memory");
			memset(block[n], n, BLOCK);
		}
	return n;
}

/* As long as the library has work, a little memory comes home each second. */
static void work_a_second(void)
{
	char *some[4];

	for (int i = 0; i < 20; i++) {
		char *other = malloc(3 * MIB / 2);

		memset(other, 1, 3 * MIB / 2);
		free(other);
		ktap_pause(50);
	}
	free(aligned_alloc(2 * MIB, 4 * MIB));
	for (int i = 0; i < 4; i++)
		some[i] = malloc(3 * MIB / 2);
	for (int i = 0; i < 4; i++)
		free(some[i]);
}

static bool is_whole(int blocks)
{
	for (int i = 0; i < blocks; i++)
		for (size_t at = 0; at < BLOCK; at += 512)
			if (block[i][at] != (char)i)
				return false;
	return true;
}

static void spills(int node)
{
	long before, after, end;
	int blocks;

	numa_run_on_node(node);
	fill_node(node, SPILL_MIB);
	blocks = fill_until_spilled(node);
	before = after = away(node, blocks);
	ksft_test_result(before >= (long)SPILLED,
			 "blocks spill from a full node (%ld pages)", before);
	let_go();
	end = ktap_ms() + PATIENCE * 1000;
	while (after * 20 >= before && ktap_ms() < end) {
		work_a_second();
		after = away(node, blocks);
	}
	ksft_test_result(after * 20 < before, "they come home (%ld left)",
			 after);
	ksft_test_result(is_whole(blocks), "with what was in them");
}

/* ---- Under numactl ------------------------------------------------------- */

/* All that malloc gives, in small, medium or large blocks. */
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
	if (!n)
		return 5;
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
	if (status)
		ksft_print_msg("status %x, %lld MiB free", status,
			       free_mib(node));
	return status;
}

static void binds(int node)
{
	static const char *const sizes[] = { "65536", "1500000", "7000000" };
	const char *word = getenv("NUMA_RUNS");
	int runs = ((word ? atoi(word) : 12) + 2) / 3;

	fill_node(node, BOUND_MIB);
	for (int size = 0; size < 3; size++) {
		int bad = 0;

		for (int run = 0; run < runs; run++) {
			level();
			bad += under_membind(node, sizes[size]) != 0;
		}
		ksft_test_result(
			!bad,
			"bound to a full node, %s bytes: ENOMEM (%d of %d bad)",
			sizes[size], bad, runs);
	}
	let_go();
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
