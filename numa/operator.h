/* SPDX-License-Identifier: MIT */
/*
 * operator.h - the operator's wishes for memory placement: an inherited numactl policy
 * or cpuset, or HAKMEM_NUMA and HAKMEM_NODES.
 *
 * The operator's wishes win. If hakmem bound memory, it would override numactl. So
 * hakmem first reads the inherited policy, and uses only nodes that the policy allows.
 */
#pragma once

#include "base/nodeset.h"

#include <stdbool.h>

struct hak_operator {
	struct hak_nodeset nodes; /* the nodes that get a heap */
	bool one_heap; /* a single heap; the kernel's policy places pages */
	bool bound;    /* strict binding: if a node is full, an allocation fails */
	bool unbound; /* a heap for each node, but hakmem sets no memory policy */
	bool asked;   /* an option asks for placement, even under a seccomp filter */
};

/*
 * The nodes allowed by the cpuset; without a cpuset, all nodes with memory. False
 * if the kernel does not tell.
 */
bool hak_operator_allowed(struct hak_nodeset *ret_nodes);

/*
 * The same at start. If a seccomp filter might kill the process for get_mempolicy(2),
 * and no option asks for placement, the function reads a file of /proc instead.
 */
bool hak_operator_allowed_first(struct hak_nodeset *ret_nodes);

/*
 * Read the operator's wishes. `allowed` has at least one node, and so
 * ret_operator->nodes has at least one node too. If HAKMEM_NODES is bad, the function
 * prints a line on descriptor 2.
 */
void hak_operator_read(const struct hak_nodeset *allowed,
		       struct hak_operator *ret_operator);
