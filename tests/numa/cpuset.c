/* SPDX-License-Identifier: MIT */
/*
 * cpuset.c - a cpuset that takes a node away from a running program and gives
 * it back: new memory is on allowed nodes, from the heap nearest to its thread.
 *
 * Topologies: two four far
 */
#include <dlfcn.h>
#include <numa.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "numa/pages.h"

#include "base/hakmem.h"
#include "ktap_run.h"

#define CGROUP	  "/tmp/cgroup"
#define NODES_MAX 8
#define BLOCKS	  2048 /* of 107,000 bytes each: 214 MB */
#define MIB	  ((size_t)1 << 20)
#define TOGGLES	  8

/* What each thread allocates: of the second, five steps and more. */
enum { BEFORE, AWAY, BACK, PHASES };
static const size_t phase_bytes[PHASES] = { 24 * MIB, 64 * MIB, 48 * MIB };

struct worker {
	pthread_t thread;
	int node, blocks;
	int start[PHASES + 1]; /* the first block of each phase */
	char *block[BLOCKS];
	size_t bytes[BLOCKS];
	bool whole;
};

static struct worker workers[NODES_MAX];
static pthread_barrier_t turn;
static atomic_bool stop;

/* What the child saw, for the parent to judge. */
static struct seen {
	struct pages pages[PHASES]; /* all that were new, just after it */
	struct pages evicted;	    /* the first ones, with the node away */
	/* Of a second half: blocks of another heap, or on other nodes. */
	long wrong[PHASES], astray[PHASES], of[PHASES];
	struct hakmem_totals taken[PHASES], near[PHASES];
	bool whole;
} * seen;

static int (*node_of)(const void *);
static int (*node_totals)(int, struct hakmem_totals *);

static bool say(const char *file, const char *text)
{
	int fd = open(file, O_WRONLY);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) > 0;

	if (fd >= 0)
		close(fd);
	return ok;
}

/* The cpuset allows the nodes from 0 to this one. */
static void allow(int last)
{
	char list[16];

	snprintf(list, sizeof(list), "0-%d", last);
	if (!say(CGROUP "/some/cpuset.mems", list))
		ksft_exit_fail_msg("cpuset.mems: %s", strerror(errno));
}

/* Of the allowed nodes; of several the first, as in hakmem's rows. */
static int nearest_to(int taken)
{
	int best = 0;

	for (int node = 1; node < taken; node++)
		if (numa_distance(taken, node) < numa_distance(taken, best))
			best = node;
	return best;
}

static char fill(int i)
{
	return (char)(i + 1);
}

static void add_block(struct worker *w, size_t bytes)
{
	int i = w->blocks;

	w->bytes[i] = bytes;
	w->block[i] = malloc(bytes);
	if (!w->block[i])
		ksft_exit_fail_msg("no memory");
	memset(w->block[i], fill(i), bytes);
	w->blocks++;
}

static bool is_whole(const struct worker *w)
{
	for (int i = 0; i < w->blocks; i++)
		for (size_t at = 0; at < w->bytes[i]; at += 500)
			if (w->block[i][at] != fill(i))
				return false;
	return true;
}

/* All that is left has to fit on the nodes that are, and twice while it moves. */
static void keep_first(struct worker *w)
{
	while (w->blocks > w->start[AWAY])
		free(w->block[--w->blocks]);
}

static void churn(struct worker *w)
{
	for (int i = 0; !atomic_load(&stop); i = (i + 7) % w->blocks) {
		free(w->block[i]);
		w->block[i] = malloc(w->bytes[i]);
		if (!w->block[i])
			ksft_exit_fail_msg("no memory");
		memset(w->block[i], fill(i), w->bytes[i]);
	}
}

static void *work(void *arg)
{
	static const size_t sizes[] = { 1000, 20000, 300000 };
	struct worker *w = arg;

	if (numa_run_on_node(w->node))
		ksft_exit_fail_msg("cannot run on node %d", w->node);
	for (int phase = 0; phase < PHASES; phase++) {
		size_t left = phase_bytes[phase];

		pthread_barrier_wait(&turn);
		w->start[phase] = w->blocks;
		while (left > sizes[2]) {
			size_t bytes = sizes[w->blocks % 3];

			add_block(w, bytes);
			left -= bytes;
		}
		w->start[phase + 1] = w->blocks;
		pthread_barrier_wait(&turn);
	}
	w->whole = is_whole(w);
	keep_first(w);
	pthread_barrier_wait(&turn);
	churn(w);
	w->whole &= is_whole(w);
	return NULL;
}

/*
 * Where a phase's blocks of one thread are. The first of them may be from what
 * was lent before; of the second half every one has to come from `home`.
 */
static void look(const struct worker *w, int phase, int home)
{
	int start = w->start[phase], end = w->start[phase + 1];

	for (int i = start; i < end; i++) {
		struct pages pages = { 0 };

		pages_count(&seen->pages[phase], w->block[i], w->bytes[i]);
		if (i < (start + end) / 2)
			continue;
		pages_count(&pages, w->block[i], w->bytes[i]);
		seen->of[phase]++;
		seen->wrong[phase] += node_of(w->block[i]) != home;
		seen->astray[phase] += pages.on[home] != pages_there(&pages);
	}
}

static void one_phase(int phase, int taken, int near)
{
	int home;

	pthread_barrier_wait(&turn);
	pthread_barrier_wait(&turn);
	for (int i = 0; i <= taken; i++) {
		home = phase == AWAY && i == taken ? near : i;
		look(&workers[i], phase, home);
	}
	node_totals(taken, &seen->taken[phase]);
	node_totals(near, &seen->near[phase]);
}

/* In the cpuset, with a thread on every node. */
static int run(void *arg)
{
	int taken = *(int *)arg, near = nearest_to(taken);

	if (!say(CGROUP "/some/cgroup.procs", "0"))
		return 2;
	pthread_barrier_init(&turn, NULL, (unsigned)taken + 2);
	for (int i = 0; i <= taken; i++) {
		workers[i].node = i;
		if (pthread_create(&workers[i].thread, NULL, work, &workers[i]))
			return 3;
	}
	one_phase(BEFORE, taken, near);
	allow(taken - 1);
	one_phase(AWAY, taken, near);
	for (int i = 0; i < workers[taken].start[AWAY]; i++)
		pages_count(&seen->evicted, workers[taken].block[i],
			    workers[taken].bytes[i]);
	allow(taken);
	sleep(2); /* the library asks once a second */
	one_phase(BACK, taken, near);
	pthread_barrier_wait(&turn);
	for (int i = 0; i < TOGGLES; i++) {
		usleep(300000);
		allow(i & 1 ? taken : taken - 1);
	}
	atomic_store(&stop, true);
	seen->whole = true;
	for (int i = 0; i <= taken; i++) {
		pthread_join(workers[i].thread, NULL);
		seen->whole &= workers[i].whole;
	}
	return 0;
}

static bool make_cpuset(int last)
{
	mkdir(CGROUP, 0755);
	if (mount("none", CGROUP, "cgroup2", 0, NULL) ||
	    !say(CGROUP "/cgroup.subtree_control", "+cpuset") ||
	    mkdir(CGROUP "/some", 0755))
		return false;
	allow(last);
	return true;
}

static void judge(int taken, int near)
{
	const struct pages *away = &seen->pages[AWAY];
	uint64_t grown = seen->near[AWAY].mapped - seen->near[BEFORE].mapped;
	uint64_t small = seen->near[AWAY].small - seen->near[BEFORE].small;

	for (int phase = 0; phase < PHASES; phase++)
		ksft_print_msg("phase %d: of %ld blocks %ld from other heaps, "
			       "%ld on other nodes",
			       phase, seen->of[phase], seen->wrong[phase],
			       seen->astray[phase]);
	ksft_print_msg("of the first pages %ld stayed on node %d",
		       seen->evicted.on[taken], taken);
	ksft_print_msg("node %d mapped %lld KiB, node %d %lld KiB more", near,
		       (long long)grown >> 10, taken,
		       (long long)(seen->taken[AWAY].mapped -
				   seen->taken[BEFORE].mapped) >>
			       10);
	ksft_test_result(seen->of[BEFORE] && !seen->wrong[BEFORE] &&
				 !seen->astray[BEFORE],
			 "first every thread's blocks are on its node");
	ksft_test_result(pages_there(away) && !away->on[taken],
			 "node %d taken away: none of %ld new pages is there",
			 taken, pages_there(away));
	ksft_test_result(seen->of[AWAY] && !seen->wrong[AWAY],
			 "who runs there has its blocks from node %d's heap",
			 near);
	ksft_test_result(small > 19 * phase_bytes[AWAY] / 10 &&
				 grown > phase_bytes[AWAY],
			 "which grew by that much");
	ksft_test_result(seen->taken[AWAY].mapped <=
				 seen->taken[BEFORE].mapped + 8 * MIB,
			 "node %d's heap by one step at most", taken);
	ksft_test_result(seen->of[BACK] && !seen->wrong[BACK] &&
				 !seen->astray[BACK],
			 "given back, it has its thread's blocks again");
	ksft_test_result(seen->whole, "with what was in all of them");
}

int main(int argc, char **argv)
{
	int taken = numa_max_node();
	struct ktap_run child;

	(void)argc;
	ktap_preload(argv);
	*(void **)&node_of = dlsym(RTLD_DEFAULT, "hakmem_node_of");
	*(void **)&node_totals = dlsym(RTLD_DEFAULT, "hakmem_node_totals");
	ksft_print_header();
	if (!node_of || !node_totals)
		ksft_exit_fail_msg("a name is missing");
	if (!make_cpuset(taken))
		ksft_exit_fail_msg("no cpuset to be had: %s", strerror(errno));
	ksft_set_plan(8);
	seen = mmap(NULL, sizeof(*seen), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ktap_run_fork(&child, run, &taken, 100);
	ktap_run_result(&child, "a cpuset that changes under a program");
	judge(taken, nearest_to(taken));
	rmdir(CGROUP "/some");
	umount(CGROUP);
	return ksft_finished();
}
