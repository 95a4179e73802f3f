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

#include "ktap_run.h"
#include "ktap_stats.h"

#define CGROUP	  "/tmp/cgroup"
#define NODES_MAX 8
#define BLOCKS	  2048 /* of 107,000 bytes each: 214 MB */
#define MIB	  ((size_t)1 << 20)
#define TOGGLES	  8
#define SUPERSLAB (2 * MIB)
#define PATIENCE  200 /* seconds */

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
static int phase_now; /* changes only between two turns */

/* The superslabs of the taken node that have pages when the node comes back. */
static struct {
	uintptr_t base;
	size_t count;
	bool there[512];
} evicted;

/* What the child saw, for the parent to judge. */
static struct seen {
	struct pages pages[PHASES]; /* all that were new, just after it */
	struct pages evicted;	    /* the first ones, with the node away */
	/* Of a second half: blocks of another heap, or on other nodes. */
	long wrong[PHASES], misplaced[PHASES], of[PHASES];
	long moved[PHASES]; /* on other nodes too, but the kernel moved them */
	long least[PHASES]; /* of one thread */
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

/* Again if need be: without what the phase allocated before. */
static void allocate(struct worker *w, int phase)
{
	static const size_t sizes[] = { 1000, 20000, 300000 };
	size_t left = phase_bytes[phase];

	while (w->start[phase + 1] && w->blocks > w->start[phase])
		free(w->block[--w->blocks]);
	w->start[phase] = w->blocks;
	while (left > sizes[2]) {
		size_t bytes = sizes[w->blocks % 3];

		add_block(w, bytes);
		left -= bytes;
	}
	w->start[phase + 1] = w->blocks;
}

static void *work(void *arg)
{
	struct worker *w = arg;

	if (numa_run_on_node(w->node))
		ksft_exit_fail_msg("cannot run on node %d", w->node);
	pthread_barrier_wait(&turn);
	while (phase_now < PHASES) {
		allocate(w, phase_now);
		pthread_barrier_wait(&turn);
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
 * When the cpuset takes a node away, the kernel moves its pages to another node,
 * and they stay there: what such a superslab has free is on a wrong node later.
 */
static void look_at_evicted(const struct worker *w)
{
	uintptr_t first = UINTPTR_MAX, last = 0;

	for (int i = 0; i < w->start[AWAY]; i++) {
		uintptr_t at = (uintptr_t)w->block[i] / SUPERSLAB;

		if (node_of(w->block[i]) != w->node)
			continue;
		first = at < first ? at : first;
		last = at > last ? at : last;
	}
	/* Some were lent and have no block of this thread. */
	evicted.base = first - 8;
	evicted.count = last - first + 16;
	if (first > last || evicted.count > 512)
		ksft_exit_fail_msg("blocks of one heap are far apart");
	for (size_t i = 0; i < evicted.count; i++) {
		struct pages pages = { 0 };

		pages_count(&pages, (void *)((evicted.base + i) * SUPERSLAB),
			    SUPERSLAB);
		evicted.there[i] = pages_there(&pages);
	}
}

static bool was_evicted(const char *block)
{
	uintptr_t at = (uintptr_t)block / SUPERSLAB - evicted.base;

	return at < evicted.count && evicted.there[at];
}

/*
 * Where a phase's blocks of one thread are. The first of them may be from what
 * was lent before; of the second half every one has to come from `home`, and to
 * be there, unless the kernel has moved its superslab.
 */
static void look(const struct worker *w, int phase, int home)
{
	int start = w->start[phase], end = w->start[phase + 1];
	long of = 0;

	for (int i = start; i < end; i++) {
		struct pages pages = { 0 };
		bool misplaced;

		pages_count(&seen->pages[phase], w->block[i], w->bytes[i]);
		pages_count(&pages, w->block[i], w->bytes[i]);
		if (i < (start + end) / 2)
			continue;
		misplaced = pages.on[home] != pages_there(&pages);
		if (was_evicted(w->block[i])) {
			seen->moved[phase] += misplaced;
			continue;
		}
		of++;
		seen->wrong[phase] += node_of(w->block[i]) != home;
		seen->misplaced[phase] += misplaced;
	}
	seen->of[phase] += of;
	if (!w->node || of < seen->least[phase])
		seen->least[phase] = of;
}

static void one_phase(int phase, int taken, int near)
{
	phase_now = phase;
	pthread_barrier_wait(&turn);
	pthread_barrier_wait(&turn);
	memset(&seen->pages[phase], 0, sizeof(seen->pages[phase]));
	seen->wrong[phase] = seen->misplaced[phase] = 0;
	seen->of[phase] = seen->moved[phase] = 0;
	for (int i = 0; i <= taken; i++)
		look(&workers[i], phase,
		     phase == AWAY && i == taken ? near : i);
	node_totals(taken, &seen->taken[phase]);
	node_totals(near, &seen->near[phase]);
}

/*
 * Is every block of the second half where it belongs, and are they enough? While
 * the node is away, its thread's pages are where the kernel has room.
 */
static bool at_home(int phase)
{
	return seen->least[phase] >= 20 && !seen->wrong[phase] &&
	       (phase == AWAY || !seen->misplaced[phase]);
}

/*
 * The library asks for the cpuset once a second. Pages for which the kernel had
 * no room come home a little later. So a phase may take a few attempts.
 */
static void until_at_home(int phase, int taken, int near)
{
	long end = ktap_ms() + PATIENCE * 1000;

	for (one_phase(phase, taken, near); !at_home(phase) && ktap_ms() < end;
	     one_phase(phase, taken, near))
		ktap_pause(1100);
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
	until_at_home(BEFORE, taken, near);
	allow(taken - 1);
	until_at_home(AWAY, taken, near);
	for (int i = 0; i < workers[taken].start[AWAY]; i++)
		pages_count(&seen->evicted, workers[taken].block[i],
			    workers[taken].bytes[i]);
	look_at_evicted(&workers[taken]);
	allow(taken);
	ktap_pause(1100);
	until_at_home(BACK, taken, near);
	phase_now = PHASES;
	pthread_barrier_wait(&turn);
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
			       "%ld on other nodes, and %ld moved",
			       phase, seen->of[phase], seen->wrong[phase],
			       seen->misplaced[phase], seen->moved[phase]);
	ksft_print_msg("of the first pages %ld stayed on node %d",
		       seen->evicted.on[taken], taken);
	ksft_print_msg("node %d mapped %lld KiB, node %d %lld KiB more", near,
		       (long long)grown >> 10, taken,
		       (long long)(seen->taken[AWAY].mapped -
				   seen->taken[BEFORE].mapped) >>
			       10);
	ksft_test_result(at_home(BEFORE),
			 "first every thread's blocks are on its node");
	ksft_test_result(pages_there(away) && !away->on[taken],
			 "node %d taken away: none of %ld new pages is there",
			 taken, pages_there(away));
	ksft_test_result(at_home(AWAY),
			 "who runs there has its blocks from node %d's heap",
			 near);
	ksft_test_result(small > 19 * phase_bytes[AWAY] / 10 &&
				 grown > phase_bytes[AWAY],
			 "which grew by that much");
	ksft_test_result(seen->taken[AWAY].mapped <=
				 seen->taken[BEFORE].mapped + 8 * MIB,
			 "node %d's heap by one step at most", taken);
	ksft_test_result(at_home(BACK),
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
	ktap_run_fork(&child, run, &taken, 500);
	ktap_run_result(&child, "a cpuset that changes under a program");
	judge(taken, nearest_to(taken));
	rmdir(CGROUP "/some");
	umount(CGROUP);
	return ksft_finished();
}
