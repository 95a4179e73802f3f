/* SPDX-License-Identifier: MIT */
/*
 * topology.c - the nodes of this machine, as few as they may be; tests/numa has
 * those of machines with more.
 */
#include "numa/topology.h"

#include "numa/operator.h"
#include "numa/place.h"
#include "base/nodeset.h"

#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/options.h"

#include "unit/unit.h"

static void here(void)
{
	unsigned int cpu, id;
	unsigned int i;

	hak_topology_open();
	unit_expect(hak_topology_nodes() >= 1);
	unit_expect(hak_topology_here() == 0);
	hak_topology_locate();
	unit_need(getcpu(&cpu, &id) == 0);
	if (hak_topology_nodes() == 1)
		unit_expect(hak_topology_here() == 0);
	for (i = 0; i < hak_topology_nodes(); i++) {
		unit_expect(hak_topology_node(hak_topology_id(i)) == (int)i);
		unit_expect(hak_topology_near(i, 0) == i);
	}
	unit_expect(hak_topology_node(1 << 20) == HAK_NO_NODE);
	unit_result("nodes, by our numbers and by the kernel's");
}

/* Many nodes are not needed to look one's processor up as they do. */
static void looked_up(void)
{
	unsigned int i;

	if (hak_topology_nodes() > 1) {
		for (i = 0; i < 1000; i++)
			unit_expect(hak_topology_here() < hak_topology_nodes());
		unit_result("where a thread runs");
		return;
	}
	ksft_test_result_skip("there is one node", "where a thread runs");
}

static void told(void)
{
	size_t bytes = 1 << 20;
	char *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	unit_need(at != MAP_FAILED);
	memset(at, 1, bytes);
	unit_expect(hak_place(at, bytes, 0) == 0);
	unit_expect(hak_place(at, bytes, 5000) == 0);
	unit_expect(!hak_place_strays(at, bytes, 0));
	unit_expect(hak_place_interleaved(at, bytes) == 0);
	hak_place_gather(at, bytes, 0);
	unit_expect(hak_place_where(at) >= 0);
	unit_expect(hak_place_where((void *)4096) == -EFAULT);
	unit_need(munmap(at, bytes) == 0);
	unit_result("nothing is told that need not be");
}

static void asked(const char *mode, bool one_heap, bool bound, bool unbound)
{
	struct hak_operator operator;
	struct hak_nodeset may;

	unit_need(setenv("HAKMEM_NUMA", mode, 1) == 0);
	hak_options_read();
	unit_need(hak_operator_allowed(&may));
	hak_operator_read(&may, &operator);
	unit_expect(operator.one_heap == one_heap);
	unit_expect(operator.bound == bound);
	unit_expect(operator.unbound == unbound);
	unit_expect(hak_nodeset_count(&operator.nodes) ==
		    hak_nodeset_count(&may));
}

static void modes(void)
{
	asked("auto", false, false, false);
	asked("bind", false, true, false);
	asked("preferred", false, false, false);
	asked("local", false, false, true);
	asked("off", true, false, false);
	unsetenv("HAKMEM_NUMA");
	hak_options_read();
	unit_result("what is asked for by name");
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(4);
	hak_options_read();
	here();
	looked_up();
	told();
	modes();
	return ksft_finished();
}
