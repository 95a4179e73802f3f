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

/*
 * Both sets are as large, and written as much: half of their samples each. The
 * rest is what the program writes besides. On a slow machine samples are few, and
 * the fewer they are the further they may be from the truth.
 */
static bool is_truth(long samples)
{
	double from = (double)writes(last, 0);
	double own = (double)writes(sets[1].home, sets[1].home);
	double rest = (double)all_writes() - from - own;

	return from + own + rest >= (double)samples &&
	       from >= 0.45 * (from + own) && from <= 0.55 * (from + own) &&
	       rest <= 0.1 * (from + own);
}

int main(int argc, char **argv)
{
	(void)argc;
	start(argv);
	ktap_await(is_truth, 320, 1000);
	ksft_print_msg("%lu samples from node %d to node 0, %lu on node %d, "
		       "%lu in all\n",
		       writes(last, 0), last,
		       writes(sets[1].home, sets[1].home), sets[1].home,
		       all_writes());
	ksft_test_result(is_truth(100),
			 "each cell is within 5 points of the truth");
	say_watched();
	stop();
	freed();
	ksft_finished();
}
