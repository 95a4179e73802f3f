/* SPDX-License-Identifier: MIT */
/*
 * operator.h - what the operator wants of placement: by numactl or a cpuset,
 * which the process inherits, or by HAKMEM_NUMA and HAKMEM_NODES.
 *
 * The operator wins. Memory that hakmem binds would override numactl, so what
 * was inherited is read first, and binding is done inside of it.
 */
#pragma once

#include "base/nodeset.h"

#include <stdbool.h>

struct hak_operator {
	struct hak_nodeset nodes; /* that heaps may be laid out on */
	bool one_heap; /* the kernel's policy for the task decides alone */
	bool bound;    /* nothing may lie elsewhere: sooner no memory */
	bool unbound; /* a heap for each node, but the kernel is told nothing */
	bool asked;   /* by an option: whatever a seccomp filter may say */
};

/*
 * The nodes whose memory the cpuset allows; false if the kernel won't say.
 * Without a cpuset it is all nodes that have memory.
 */
bool hak_operator_allowed(struct hak_nodeset *ret_nodes);

/* The same at start, without a call that a seccomp filter could kill for. */
bool hak_operator_allowed_first(struct hak_nodeset *ret_nodes);

/*
 * What is asked for where these nodes are allowed, which are not none. Nor is
 * ret_operator->nodes; bad options cost a line on descriptor 2.
 */
void hak_operator_read(const struct hak_nodeset *allowed,
		       struct hak_operator *ret_operator);
