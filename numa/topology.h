/* SPDX-License-Identifier: MIT */
/*
 * topology.h - which memory nodes the heap is laid out for.
 *
 * Nodes are numbered densely from 0. All memory counts as one node.
 */
#pragma once

static inline unsigned hak_topology_nodes(void)
{
	return 1;
}

/* The node of the running thread. */
static inline unsigned hak_topology_here(void)
{
	return 0;
}
