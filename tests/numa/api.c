/* SPDX-License-Identifier: MIT */
/*
 * api.c - what hakmem.h offers for nodes: blocks of a node, a pointer's node, a
 * thread's heap on a node, a node's totals; and what is refused.
 */
#include <dlfcn.h>
#include <numa.h>

#include "numa/pages.h"

#include "base/hakmem.h"

static void *(*alloc_on_node)(int, size_t);
static int (*node_of)(const void *);
static int (*bind_thread)(int);
static int (*node_totals)(int, struct hakmem_totals *);

/* All pages of what was touched lie on the node, and node_of() says so. */
static bool lies_on(void *block, size_t bytes, int node)
{
	struct pages pages = { 0 };

	if (!block)
		return false;
	memset(block, 1, bytes);
	pages_count(&pages, block, bytes);
	return pages.on[node] == pages_there(&pages) && node_of(block) == node;
}

static void one_node(int node)
{
	static const size_t sizes[] = {
		1, 100, 5000, 300000, 1 << 20, 5 << 20
	};
	struct hakmem_totals before, after;
	void *block[6];
	bool ok = true, blocks = true;

	ok &= node_totals(node, &before) == 0;
	for (int i = 0; i < 6; i++) {
		block[i] = alloc_on_node(node, sizes[i]);
		blocks &= lies_on(block[i], sizes[i], node);
	}
	ok &= node_totals(node, &after) == 0;
	ok &= after.small >= before.small + 305101 &&
	      after.larger >= before.larger + (6 << 20) &&
	      after.lent >= before.lent + (4 << 20) &&
	      after.mapped >= after.lent;
	for (int i = 0; i < 6; i++)
		free(block[i]);
	ksft_test_result(blocks, "blocks of six sizes on node %d", node);
	ksft_test_result(ok, "and in its totals");
}

static void bound(int node)
{
	bool ok = bind_thread(node) == 0;

	for (int i = 0; i < 3000; i++)
		ok &= lies_on(malloc(1000), 1000, node);
	ok &= lies_on(malloc(1 << 20), 1 << 20, node);
	ok &= bind_thread(-1) == 0;
	ksft_test_result(ok, "a thread with its heap on node %d", node);
}

/* The record of a node's span, which has its counters, is on that node. */
static bool records_right(void)
{
	const struct hakmem_stats *page =
		dlsym(RTLD_DEFAULT, "hakmem_stats_page");
	uint32_t span = 0;
	bool ok = page;

	for (int node = 0; ok && node <= numa_max_node(); node++) {
		struct pages pages = { 0 };

		if (!numa_bitmask_isbitset(numa_all_nodes_ptr, (unsigned)node))
			continue;
		pages_count(&pages, (const void *)page->span[span++], 8);
		ok = pages.on[node] == 1;
	}
	return ok && span + 1 == page->spans;
}

static bool refused(int node)
{
	struct hakmem_totals totals;
	bool ok;

	errno = 0;
	ok = !alloc_on_node(node, 10) && errno == EINVAL;
	errno = 0;
	ok &= bind_thread(node) == -1 && errno == EINVAL;
	errno = 0;
	return ok && node_totals(node, &totals) == -1 && errno == EINVAL;
}

int main(int argc, char **argv)
{
	(void)argc;
	ktap_preload(argv);
	*(void **)&alloc_on_node = dlsym(RTLD_DEFAULT, "hakmem_alloc_on_node");
	*(void **)&node_of = dlsym(RTLD_DEFAULT, "hakmem_node_of");
	*(void **)&bind_thread = dlsym(RTLD_DEFAULT, "hakmem_bind_thread");
	*(void **)&node_totals = dlsym(RTLD_DEFAULT, "hakmem_node_totals");
	ksft_print_header();
	if (!alloc_on_node || !node_of || !bind_thread || !node_totals)
		ksft_exit_fail_msg("a name is missing");
	ksft_set_plan(3 * numa_bitmask_weight(numa_all_nodes_ptr) + 4);
	for (int node = 0; node <= numa_max_node(); node++) {
		if (!numa_bitmask_isbitset(numa_all_nodes_ptr, (unsigned)node))
			continue;
		one_node(node);
		bound(node);
	}
	ksft_test_result(records_right(), "each node's records are on it");
	ksft_test_result(refused(-2) && refused(63) && refused(5000),
			 "nodes that are not there");
	errno = 0;
	ksft_test_result(!alloc_on_node(0, SIZE_MAX / 2 + 1) && errno == ENOMEM,
			 "more than there is");
	errno = 0;
	ksft_test_result(node_of((void *)4096) == -1 && errno == EFAULT,
			 "a pointer to nothing");
	return ksft_finished();
}
