/* SPDX-License-Identifier: MIT */
/*
 * hugetlb.c - HAKMEM_HUGE=hugetlb: superslabs from a node's pool of huge pages,
 * and, when that is empty in the middle, from elsewhere without a signal.
 * Topologies: one two four
 */
#include <numa.h>
#include <stdio.h>

#include "numa/pages.h"

#include "ktap_run.h"
#include "ktap_stats.h"

#define BLOCK  (100 << 10)
#define BLOCKS 500 /* 50 MiB; the pool has 24 */
#define POOL   12

static long pool(int node, const char *file, long set)
{
	char path[128];
	long value = -1;
	FILE *f;

	snprintf(
		path, sizeof(path),
		"/sys/devices/system/node/node%d/hugepages/hugepages-2048kB/%s",
		node, file);
	f = fopen(path, set < 0 ? "r" : "w");
	if (!f)
		return -1;
	if (set >= 0)
		fprintf(f, "%ld", set);
	else if (fscanf(f, "%ld", &value) != 1)
		value = -1;
	fclose(f);
	return value;
}

/* The kernel may have to make room first. */
static bool has_pool(long node)
{
	pool((int)node, "nr_hugepages", POOL);
	return pool((int)node, "nr_hugepages", -1) == POOL;
}

/* Blocks of 50 MiB; prints how much of the pool is left meanwhile. */
static int fill(int node)
{
	static char *block[BLOCKS];

	if (numa_run_on_node(node))
		return 2;
	for (int i = 0; i < BLOCKS; i++) {
		block[i] = malloc(BLOCK);
		if (!block[i])
			return 3;
		memset(block[i], i, BLOCK);
	}
	printf("%ld", pool(node, "free_hugepages", -1));
	for (int i = 0; i < BLOCKS; i++) {
		for (int at = 0; at < BLOCK; at += 512)
			if (block[i][at] != (char)i)
				return 4;
		free(block[i]);
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct ktap_run run;
	int node = numa_max_node();

	(void)argc;
	setenv("HAKMEM_HUGE", "hugetlb", 1);
	ktap_preload(argv);
	if (!strcmp(argv[0], "fill"))
		return fill(node);
	ksft_print_header();
	ksft_set_plan(4);
	pool(node, "nr_hugepages", 0);
	ktap_run_self(&run, "fill", NULL, NULL, 30);
	ktap_run_result(&run, "without a pool");
	if (!ktap_await(has_pool, node, 60))
		ksft_exit_fail_msg("no pool of huge pages to be had");
	ktap_run_self(&run, "fill", NULL, NULL, 30);
	ktap_run_result(&run, "with a pool that ends in the middle");
	ksft_test_result(atol(run.out) < POOL / 2,
			 "it was used (%s of %d left)", run.out, POOL);
	ksft_test_result(pool(node, "free_hugepages", -1) == POOL,
			 "and is whole again afterwards");
	pool(node, "nr_hugepages", 0);
	return ksft_finished();
}
