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

/* Both sets are as large, and written as much: half of the samples each. */
int main(int argc, char **argv)
{
	double from, own;

	(void)argc;
	start(argv);
	ktap_await(enough, 320, 100);
	from = 100.0 * (double)writes(last, 0) / (double)all_writes();
	own = 100.0 * (double)writes(sets[1].home, sets[1].home) /
	      (double)all_writes();
	ksft_print_msg("%lu samples: %.1f %% from node %d to node 0, %.1f %% "
		       "on node %d\n",
		       all_writes(), from, last, own, sets[1].home);
	ksft_test_result(from >= 45 && from <= 55 && own >= 45 && own <= 55,
			 "each cell is within 5 points of the truth");
	say_watched();
	stop();
	freed();
	ksft_finished();
}
