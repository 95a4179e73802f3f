/* SPDX-License-Identifier: MIT */
/*
 * writers.h - two threads that write at random to blocks of 40 MiB.
 *
 * One thread runs on the node of its blocks. The other thread writes to blocks
 * of node 0, and runs on the last node or on a node that the test chooses.
 */
#pragma once

#include <numa.h>
#include <pthread.h>
#include <stdatomic.h>

#include "numa/pages.h"
#include "ktap_stats.h"

enum {
	BYTES = 1008,
	BLOCKS = 40 << 10, /* 40 MiB: twenty superslabs */
};

static struct set {
	char *block[BLOCKS];
	uint32_t rounds[BLOCKS]; /* rounds written into the block */
	_Atomic int writer;	 /* node of the thread; -1: no thread */
	pthread_t thread;
	int home;
} sets[2];

static _Atomic bool over;
static int last;
static const struct hakmem_stats *page;

static void run_on(int node)
{
	if (numa_run_on_node(node))
		ksft_exit_fail_msg("cannot run on node %d", node);
}

static void fill(struct set *set)
{
	for (int i = 0; i < BLOCKS; i++) {
		set->block[i] = malloc(BYTES);
		if (!set->block[i])
			ksft_exit_fail_msg("no memory");
		memset(set->block[i], i, BYTES);
	}
}

static void write_one(struct set *set, int i)
{
	uint32_t *round = (uint32_t *)(void *)(set->block[i] + 8);

	*round = ++set->rounds[i];
}

/* Write at random blocks, on the node in set->writer. */
static void *write_all(void *arg)
{
	struct set *set = arg;
	uint32_t random = 1;
	int on = -1;

	while (!over) {
		int node = set->writer;

		if (node != on)
			run_on(on = node);
		for (int n = 0; n < 1000; n++) {
			random = random * 1664525 + 1013904223;
			write_one(set, (int)((random >> 8) % BLOCKS));
		}
		/*
		 * Pause, because the guest may have fewer real processors than
		 * nodes.
		 */
		ktap_pause(1);
	}
	return NULL;
}

static bool whole(const struct set *set)
{
	for (int i = 0; i < BLOCKS; i++) {
		const char *block = set->block[i];

		for (int k = 0; k < BYTES; k++)
			if ((k < 8 || k >= 12) && block[k] != (char)i)
				return false;
		if (set->rounds[i] && memcmp(block + 8, &set->rounds[i], 4))
			return false;
	}
	return true;
}

static bool observing(long unused)
{
	(void)unused;
	return page->locality == HAK_MODE_ON;
}

/* Observe from the start. */
static void start(char **argv)
{
	setenv("HAKMEM_OBSERVE", "locality", 1);
	ktap_preload(argv);
	page = dlsym(RTLD_DEFAULT, "hakmem_stats_page");
	ktap_await(observing, 0, 60);
	ksft_test_result(observing(0), "locality is observed");
	last = numa_max_node();
	sets[1].home = last > 1 ? 1 : last;
	for (int i = 0; i < 2; i++) {
		run_on(sets[i].home);
		fill(&sets[i]);
	}
	sets[0].writer = last;
	sets[1].writer = sets[1].home;
	for (int i = 0; i < 2; i++)
		if (pthread_create(&sets[i].thread, NULL, write_all, &sets[i]))
			ksft_exit_fail_msg("pthread_create");
}

static void say_watched(void)
{
	ksft_print_msg("%lu superslabs watched, %lu seen written, in %lu us\n",
		       ktap_stat(HAK_STAT_OBSERVED),
		       ktap_stat(HAK_STAT_SEEN_WRITTEN),
		       ktap_stat(HAK_STAT_OBSERVE_US));
}

static void stop(void)
{
	over = true;
	for (int i = 0; i < 2; i++)
		pthread_join(sets[i].thread, NULL);
}

/*
 * Final checks: every block is whole, and after the free all superslabs are
 * empty.
 */
static void freed(void)
{
	ksft_test_result(whole(&sets[0]) && whole(&sets[1]),
			 "every block is whole");
	for (int i = 0; i < 2; i++)
		for (int k = 0; k < BLOCKS; k++)
			free(sets[i].block[k]);
	ksft_test_result(ktap_stat(HAK_STAT_SUPERSLABS_LENT) -
				 ktap_stat(HAK_STAT_SUPERSLABS_RETURNED) < 12,
			 "freed, the superslabs are empty");
}
