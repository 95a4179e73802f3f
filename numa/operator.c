/* SPDX-License-Identifier: MIT */
/*
 * operator.c - reads the operator's wishes for memory placement.
 *
 * Calls   get_mempolicy(2), options.h, status.h.
 */
#include "numa/operator.h"

#include "os/file.h"
#include "os/filter.h"
#include "os/status.h"
#include "base/compiler.h"
#include "base/options.h"
#include "base/sys.h"
#include "base/text.h"

#include <fcntl.h>
#include <linux/mempolicy.h>

/*
 * Modes of Linux 5.15 and 6.9, which older headers do not have; and the bits of a mode
 * that are no flags.
 */
enum { PREFERRED_MANY = 5, WEIGHTED_INTERLEAVE = 6, MODE = 0xff };

static long get_policy(int *ret_mode, struct hak_nodeset *ret_nodes, int flags)
{
	/* get_mempolicy(2) fills one bit less than the argument says. */
	return sys_get_mempolicy(ret_mode, ret_nodes, HAK_NODE_IDS + 1, NULL,
				 flags);
}

/*
 * Does an option ask for system calls for which a seccomp filter may kill the process?
 */
static bool asks(void)
{
	uint64_t mode = hak_option(HAK_OPTION_NUMA);

	return mode == HAK_NUMA_BIND || mode == HAK_NUMA_PREFERRED ||
	       hak_option(HAK_OPTION_LARGE) == HAK_LARGE_INTERLEAVE;
}

static bool is_silent(void)
{
	return hak_filter_here() && !asks();
}

/* Keep only the nodes of `wanted`, unless no node would remain. */
static bool keep(struct hak_operator *operator,
		 const struct hak_nodeset * wanted)
{
	struct hak_nodeset both = operator->nodes;

	if (!hak_nodeset_cut(&both, wanted))
		return false;
	operator->nodes = both;
	return true;
}

/*
 * The kernel's ids of the nodes of a policy with MPOL_F_RELATIVE_NODES: node n of the
 * policy is the n-th allowed node, and after the last allowed node comes the first.
 */
static struct hak_nodeset absolute(const struct hak_nodeset *policy,
				   const struct hak_nodeset *allowed)
{
	unsigned count = hak_nodeset_count(allowed);
	struct hak_nodeset nodes = { { 0 } };
	unsigned id, n, at;

	for (id = hak_nodeset_next(policy, 0); id < HAK_NODE_IDS;
	     id = hak_nodeset_next(policy, id + 1)) {
		at = hak_nodeset_next(allowed, 0);
		for (n = id % count; n; n--)
			at = hak_nodeset_next(allowed, at + 1);
		hak_nodeset_add(&nodes, at);
	}
	return nodes;
}

static void inherit(struct hak_operator *operator)
{
	struct hak_nodeset policy = { { 0 } };
	int mode = MPOL_DEFAULT;

	if (is_silent() || get_policy(&mode, &policy, 0))
		return;
	if (mode & MPOL_F_RELATIVE_NODES)
		policy = absolute(&policy, &operator->nodes);
	switch (mode & MODE) {
	case MPOL_BIND:
		operator->bound = keep(operator, &policy);
		break;
	case MPOL_PREFERRED: /* without a node, for the local node: all nodes stay */
	case PREFERRED_MANY:
		keep(operator, &policy);
		break;
	case MPOL_INTERLEAVE:
	case WEIGHTED_INTERLEAVE:
		operator->one_heap = true;
		break;
	default:
		break;
	}
}

static HAK_COLD void complain(const char *list)
{
	static struct hak_text line; /* static, because a stack may be small */

	hak_text_add(&line, "hakmem: HAKMEM_NODES=");
	hak_text_add(&line, list);
	hak_text_add(&line, ": no memory of these nodes is allowed here; using "
			    "all that is\n");
	hak_text_print(&line);
}

static void take_nodes(struct hak_operator *operator)
{
	const char *list = hak_option_list(HAK_OPTION_NODES);
	struct hak_nodeset wanted;

	if (!list)
		return;
	if (!hak_nodeset_parse(&wanted, list) || !keep(operator, &wanted))
		complain(list);
}

/* If HAKMEM_NUMA names a mode, the mode overrides the inherited policy. */
static void take_mode(struct hak_operator *operator)
{
	uint64_t mode = hak_option(HAK_OPTION_NUMA);

	operator->asked = asks();
	if (mode == HAK_NUMA_AUTO) {
		/*
		 * Under a seccomp filter hakmem does not read the inherited
		 * policy. So hakmem sets no policy, and the kernel applies the
		 * inherited policy.
		 */
		operator->unbound = is_silent();
		return;
	}
	operator->one_heap = mode == HAK_NUMA_OFF;
	operator->bound = mode == HAK_NUMA_BIND;
	operator->unbound = mode == HAK_NUMA_LOCAL;
}

/* Read from a text file what get_mempolicy(MPOL_F_MEMS_ALLOWED) would return. */
static bool read_allowed(struct hak_nodeset *ret_nodes)
{
	static char list[5 * HAK_NODE_IDS];
	struct hak_status status = { .buffer = list, .bytes = sizeof(list) };
	bool known;

	status.fd = hak_file_open("/proc/self/status", O_RDONLY);
	if (status.fd < 0)
		return false;
	known = hak_status_nodes(&status, ret_nodes);
	hak_file_close(status.fd);
	return known;
}

bool hak_operator_allowed(struct hak_nodeset *ret_nodes)
{
	*ret_nodes = (struct hak_nodeset){ { 0 } };
	return get_policy(NULL, ret_nodes, MPOL_F_MEMS_ALLOWED) == 0;
}

bool hak_operator_allowed_first(struct hak_nodeset *ret_nodes)
{
	return is_silent() ? read_allowed(ret_nodes)
			   : hak_operator_allowed(ret_nodes);
}

void hak_operator_read(const struct hak_nodeset *allowed,
		       struct hak_operator *ret_operator)
{
	*ret_operator = (struct hak_operator){ .nodes = *allowed };
	inherit(ret_operator);
	take_nodes(ret_operator);
	take_mode(ret_operator);
}
