/* SPDX-License-Identifier: MIT */
/*
 * operator.h - the operator's wishes for memory placement: an inherited numactl
 * policy or cpuset, or HAKMEM_NUMA and HAKMEM_NODES.
 *
 * The operator's wishes win. Binding memory would override numactl, so hakmem first
 * reads the inherited policy and binds only within the policy.
 */
#pragma once

#include "base/nodeset.h"

#include <stdbool.h>

struct hak_operator {
	struct hak_nodeset nodes; /* nodes for heaps */
	bool one_heap; /* a single heap; the kernel's policy places pages */
	bool bound;    /* strict: an allocation fails on a full node */
	bool unbound; /* a heap for each node, but no memory policy */
	bool asked;   /* an option asks for placement, even under a filter */
};

/*
 * The nodes allowed by the cpuset; without a cpuset, all nodes with memory. False
 * if the kernel does not tell.
 */
bool hak_operator_allowed(struct hak_nodeset *ret_nodes);

/* The same nodes at start, without a system call for which a filter could kill. */
bool hak_operator_allowed_first(struct hak_nodeset *ret_nodes);

/*
 * Read the operator's wishes. `allowed` has at least one node, and then
 * ret_operator->nodes has at least one node too. For a bad option hakmem prints
 * a line on descriptor 2.
 */
void hak_operator_read(const struct hak_nodeset *allowed,
		       struct hak_operator *ret_operator);
