/* SPDX-License-Identifier: MIT */
/*
 * topology.h - which memory nodes the heap is laid out for, how far they are,
 * and where a thread runs.
 *
 * Nodes are numbered densely from 0, whatever gaps the kernel's ids have. On a
 * machine with one node, or where the operator wants one heap, there is one,
 * and nothing here costs more than a comparison.
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
	HAK_TOPOLOGY_CPUS = 8192, /* whose node is remembered */
};

struct hak_nodeset;

struct hak_topology {
	unsigned nodes;
	bool located; /* where threads run is looked at */
	bool bound;   /* nothing may lie on a node that is not asked for */
	bool places;  /* the kernel is told where a node's memory goes */
	bool asked;   /* by an option: also where a seccomp filter may kill */
	_Atomic bool lacks; /* the cpuset has taken a node away */
	/* From the thread pointer to where the kernel writes the processor. */
	uintptr_t cpu_offset;
};

/* But for `lacks`, constant after hak_topology_open() and _locate(). */
extern struct hak_topology hak_topology HAK_HIDDEN;

/* Once, on the initialising thread. */
void hak_topology_open(void);

/* From now on threads are looked at: not before they have TLS. */
void hak_topology_locate(void);

/* May the kernel be told, and asked, of nodes? A filter may have come since. */
static inline bool hak_topology_speaks(void)
{
	return hak_topology.asked || !hak_filter_here();
}

static inline unsigned hak_topology_nodes(void)
{
	return hak_topology.nodes;
}

/* The node of each processor + 1; 0: to be asked of the kernel. */
extern _Atomic uint16_t hak_topology_cpu_node[HAK_TOPOLOGY_CPUS] HAK_HIDDEN;

HAK_COLD unsigned hak_topology_here_slow(void);

/* The node whose memory the running thread should have: no system call. */
static inline unsigned hak_topology_here(void)
{
	unsigned node = 0;
	uint32_t cpu;

	if (hak_likely(!hak_topology.located))
		return 0;
	/* Not registered, or not yet, is a number beyond all processors. */
	cpu = *(const volatile uint32_t *)(arch_thread_pointer() +
					   hak_topology.cpu_offset);
	if (hak_likely(cpu < HAK_TOPOLOGY_CPUS))
		node = hak_read_once(&hak_topology_cpu_node[cpu]);
	return hak_likely(node) ? node - 1 : hak_topology_here_slow();
}

/* The node whose memory a thread on that processor should have. */
unsigned hak_topology_of_cpu(unsigned cpu);

/* The kernel's id of a node, and the other way; HAK_NO_NODE: no heap there. */
unsigned hak_topology_id(unsigned node);
const struct hak_nodeset *hak_topology_ids(void);
int hak_topology_node(unsigned id);

/* The nodes by distance from one of them: itself at rank 0. */
unsigned hak_topology_near(unsigned node, unsigned rank);

/*
 * The cpuset may have changed: nodes that it no longer allows get no threads,
 * those that it allows again do. One system call, and not twice in a second.
 * Any thread, at any time.
 */
HAK_COLD void hak_topology_recheck(void);

/*
 * Nobody tells when a node is given back. As long as one is away this is asked
 * whenever superslabs are lent: as seldom as there is something to place.
 */
static inline void hak_topology_tick(void)
{
	if (hak_unlikely(hak_read_once(&hak_topology.lacks)))
		hak_topology_recheck();
}
