/* SPDX-License-Identifier: MIT */
/*
 * observe.c - the matrix of who writes what lies where is the truth.
 * Topologies: four
 */
#include "numa/writers.h"

static uint64_t writes(int writer, int memory)
{
	return page->writes[(uint32_t)writer * page->nodes + (uint32_t)memory];
}

static uint64_t all_writes(void)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < page->nodes * page->nodes; i++)
		sum += page->writes[i];
	return sum;
}

static bool enough(long want)
{
	return all_writes() >= (uint64_t)want;
}

/*
 * Both sets are as large, and written as much: half of their samples each. The
 * rest is what the program writes besides.
 */
int main(int argc, char **argv)
{
	double from, own, rest;

	(void)argc;
	start(argv);
	ktap_await(enough, 320, 100);
	from = (double)writes(last, 0);
	own = (double)writes(sets[1].home, sets[1].home);
	rest = (double)all_writes() - from - own;
	ksft_print_msg("%.0f samples from node %d to node 0, %.0f on node %d, "
		       "%.0f others\n",
		       from, last, own, sets[1].home, rest);
	ksft_test_result(from + own >= 100 && from >= 0.45 * (from + own) &&
				 from <= 0.55 * (from + own) &&
				 rest <= 0.1 * (from + own),
			 "each cell is within 5 points of the truth");
	say_watched();
	stop();
	freed();
	ksft_finished();
}
