/* SPDX-License-Identifier: MIT */
/*
 * topology.c - libnuma sees in the guest what the row of tests/qemu/topologies
 * says, and a thread bound to each node in turn can use malloc.
 *
 * Reads TOPOLOGY_NODES, "ID:CPUS:MIB,...", and TOPOLOGY_DISTANCES, a number
 * for each pair of these in order.
 */
#include <numa.h>
#include <sched.h>

#include "ktap.h"
#include "ktap_run.h"

#define NODES_MAX 64
#define BLOCKS	  20000

static struct node {
	int id, cpus;
	long long mib;
} nodes[NODES_MAX];
static int nr_nodes;

static void read_nodes(void)
{
	const char *text = getenv("TOPOLOGY_NODES");
	int used;

	if (!text)
		ksft_exit_skip(
			"no TOPOLOGY_NODES: only for a guest of tests/qemu");
	while (nr_nodes < NODES_MAX) {
		struct node *node = &nodes[nr_nodes];

		if (sscanf(text, "%d:%d:%lld%n", &node->id, &node->cpus,
			   &node->mib, &used) != 3)
			break;
		nr_nodes++;
		text += used + (text[used] == ',');
	}
	if (*text || !nr_nodes)
		ksft_exit_fail_msg("what is '%s' in TOPOLOGY_NODES?", text);
}

/* libnuma's configured nodes are those with memory. */
static bool ids_right(void)
{
	int with_memory = 0;

	for (int i = 0; i < nr_nodes; i++) {
		bool has = numa_bitmask_isbitset(numa_all_nodes_ptr,
						 (unsigned)nodes[i].id);

		with_memory += nodes[i].mib > 0;
		if (has != (nodes[i].mib > 0))
			return false;
	}
	return numa_max_node() == nodes[nr_nodes - 1].id &&
	       numa_bitmask_weight(numa_all_nodes_ptr) == (unsigned)with_memory;
}

/* The kernel keeps some for itself: its image and a struct per page. */
static bool memory_right(const struct node *node)
{
	long long bytes = numa_node_size64(node->id, NULL), mib = bytes >> 20;

	ksft_print_msg("node %d: %lld MiB", node->id, mib);
	if (!node->mib)
		return bytes <= 0;
	return mib > node->mib * 80 / 100 && mib <= node->mib;
}

static bool cpus_right(const struct node *node)
{
	struct bitmask *cpus = numa_allocate_cpumask();
	bool ok = numa_node_to_cpus(node->id, cpus) == 0 &&
		  numa_bitmask_weight(cpus) == (unsigned)node->cpus;

	numa_free_cpumask(cpus);
	return ok;
}

static bool all_right(bool (*right)(const struct node *node))
{
	bool ok = true;

	for (int i = 0; i < nr_nodes; i++)
		ok &= right(&nodes[i]);
	return ok;
}

static bool distances_right(void)
{
	const char *text = getenv("TOPOLOGY_DISTANCES");
	bool ok = text;

	for (int pair = 0; ok && pair < nr_nodes * nr_nodes; pair++) {
		int from = nodes[pair / nr_nodes].id;
		int to = nodes[pair % nr_nodes].id;
		int want = (int)strtol(text, (char **)&text, 10);

		text += *text == ',';
		ok = numa_distance(from, to) == want;
		if (!ok)
			ksft_print_msg("from %d to %d: %d, not %d", from, to,
				       numa_distance(from, to), want);
	}
	return ok;
}

/* Blocks of many sizes, all alive at once, that keep what is written. */
static int load(void *arg)
{
	const struct node *node = arg;
	static unsigned char *block[BLOCKS];
	int bad = 0;

	if (numa_run_on_node(node->id))
		return 2;
	if (numa_node_of_cpu(sched_getcpu()) != node->id)
		return 3;
	for (int i = 0; i < BLOCKS; i++) {
		size_t bytes = 16 + (size_t)(i * 37 % 2000);

		block[i] = malloc(bytes);
		if (!block[i])
			return 4;
		memset(block[i], i & 0xff, bytes);
	}
	for (int i = 0; i < BLOCKS; i++) {
		size_t bytes = 16 + (size_t)(i * 37 % 2000);

		bad += block[i][0] != (i & 0xff) ||
		       block[i][bytes - 1] != (i & 0xff);
		free(block[i]);
	}
	return bad ? 5 : 0;
}

int main(int argc, char **argv)
{
	(void)argc;
	ktap_preload(argv);
	ksft_print_header();
	read_nodes();
	if (numa_available() < 0)
		ksft_exit_fail_msg("libnuma: the kernel knows no nodes");

	ksft_test_result(ktap_is_hakmem(), "the library is preloaded");
	ksft_test_result(ids_right(), "nodes with memory, and the last node");
	ksft_test_result(all_right(memory_right), "memory of each node");
	ksft_test_result(all_right(cpus_right), "processors of each node");
	ksft_test_result(distances_right(), "distances");
	for (int i = 0; i < nr_nodes; i++) {
		struct ktap_run run;
		char name[64];

		if (!nodes[i].cpus)
			continue;
		snprintf(name, sizeof(name), "malloc on node %d", nodes[i].id);
		ktap_run_fork(&run, load, &nodes[i], 30);
		ktap_run_result(&run, name);
	}
	return ksft_finished();
}
