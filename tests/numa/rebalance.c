/* SPDX-License-Identifier: MIT */
/*
 * rebalance.c - a superslab that another node's threads write moves there, and
 * back when they move; its contents are whole, and its later slabs that node's.
 * Topologies: four
 */
#include "numa/writers.h"

enum { SECONDS = 400 }; /* in an emulated guest on a busy machine */

static double share_on(const struct set *set, int node)
{
	struct pages pages = { 0 };

	for (int i = 0; i < BLOCKS; i += 16)
		pages_count(&pages, set->block[i], 1);
	return 100.0 * (double)pages.on[node] / (double)pages_there(&pages);
}

static bool mostly(long node)
{
	return share_on(&sets[0], (int)node) >= 90;
}

static bool comes_to(int node)
{
	long begin = ktap_ms();
	bool there;

	sets[0].writer = node;
	there = ktap_await(mostly, node, SECONDS);
	ksft_print_msg("after %ld ms %.1f %% on node %d, %lu moved\n",
		       ktap_ms() - begin, share_on(&sets[0], node), node,
		       ktap_stat(HAK_STAT_REBALANCED));
	say_watched();
	return there;
}

int main(int argc, char **argv)
{
	(void)argc;
	setenv("HAKMEM_REBALANCE", "on", 1);
	start(argv);
	ksft_test_result(comes_to(last), "what node %d writes comes there",
			 last);
	ksft_test_result(comes_to(0), "and goes back when its writer does");
	ksft_test_result(share_on(&sets[1], sets[1].home) >= 99,
			 "what is written at home stays there");
	stop();
	freed();
	ksft_finished();
}
