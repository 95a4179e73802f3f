/* SPDX-License-Identifier: MIT */
/*
 * topology.h - memory nodes with a heap, the distances, and the node of a thread.
 *
 * Node indexes are dense from 0, even if the kernel's ids have gaps. On a
 * machine with a single node, or if the operator wants a single heap, there is
 * only node 0, and each call costs no more than a comparison.
 */
#pragma once

#include "os/filter.h"
#include "base/atomic.h"
#include "base/compiler.h"
#include "arch/arch.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	HAK_NO_NODE = -1,
	HAK_TOPOLOGY_CPUS = 8192, /* processors whose node hakmem remembers */
};

struct hak_nodeset;

struct hak_topology {
	unsigned nodes; /* the number of nodes with a heap */
	bool located; /* hakmem looks up the node of the running thread */
	bool bound;   /* strict binding: memory may lie on the wanted node only */
	bool places;  /* hakmem tells the kernel where to place memory */
	bool asked;   /* an option asks for placement, even under a seccomp filter */
	_Atomic bool lacks; /* the cpuset forbids a node that has a heap */
	/* From the thread pointer to the word with the thread's current processor. */
	uintptr_t cpu_offset;
};

/* Constant after hak_topology_open() and _locate(), except `lacks`. */
extern struct hak_topology hak_topology HAK_HIDDEN;

/* Call once, on the initialising thread. */
void hak_topology_open(void);

/*
 * From now on hakmem looks up the node of the running thread. Call only when TLS is
 * usable.
 */
void hak_topology_locate(void);

/* May hakmem make NUMA calls? The program may have installed a seccomp filter. */
static inline bool hak_topology_speaks(void)
{
	return hak_topology.asked || !hak_filter_here();
}

static inline unsigned hak_topology_nodes(void)
{
	return hak_topology.nodes;
}

/* The node for threads on each processor, plus 1; 0: not known yet. */
extern _Atomic uint16_t hak_topology_cpu_node[HAK_TOPOLOGY_CPUS] HAK_HIDDEN;

HAK_COLD unsigned hak_topology_here_slow(void);

/* The node for memory of the running thread, usually without a system call. */
static inline unsigned hak_topology_here(void)
{
	unsigned node = 0;
	uint32_t cpu;

	if (hak_likely(!hak_topology.located))
		return 0;
	/*
	 * If the thread has no registered rseq area, the word is larger than any
	 * processor number.
	 */
	cpu = *(const volatile uint32_t *)(arch_thread_pointer() +
					   hak_topology.cpu_offset);
	if (hak_likely(cpu < HAK_TOPOLOGY_CPUS))
		node = hak_read_once(&hak_topology_cpu_node[cpu]);
	return hak_likely(node) ? node - 1 : hak_topology_here_slow();
}

/* The node for memory of a thread on the given processor. */
unsigned hak_topology_of_cpu(unsigned cpu);

/*
 * Convert a node's index to the kernel's id, and an id to the index. HAK_NO_NODE: the
 * node with this id has no heap.
 */
unsigned hak_topology_id(unsigned node);
const struct hak_nodeset *hak_topology_ids(void);
int hak_topology_node(unsigned id);

/*
 * The node at place `rank` in the order of distance from a node; place 0 is the node.
 */
unsigned hak_topology_near(unsigned node, unsigned rank);

/*
 * Read the cpuset again. From now on threads use only nodes that the cpuset allows.
 * Makes a system call, at most once a second. Any thread may call at any time.
 */
HAK_COLD void hak_topology_recheck(void);

/*
 * The kernel does not report when the cpuset allows a node again. So while the cpuset
 * forbids a node, hakmem reads the cpuset whenever a span lends superslabs, because
 * only then is there memory to place.
 */
static inline void hak_topology_tick(void)
{
	if (hak_unlikely(hak_read_once(&hak_topology.lacks)))
		hak_topology_recheck();
}
