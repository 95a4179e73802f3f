/* SPDX-License-Identifier: MIT */
/*
 * place.c - sets, checks and changes the node of a range's pages.
 *
 * Calls   mbind(2), also to find and move misplaced pages. A seccomp filter has to
 *         allow only mbind, unless memory is bound strictly, the cpuset changes, or
 *         hakmem observes locality.
 */
#include "numa/place.h"

#include "numa/room.h"
#include "numa/topology.h"
#include "os/limits.h"
#include "os/map.h"
#include "base/compiler.h"
#include "base/nodeset.h"
#include "base/sys.h"

#include <errno.h>
#include <linux/mempolicy.h>

enum { MOVED_BYTES = 2 << 20, MOVED = MOVED_BYTES / 4096, TRIES = 4 };

static int bind(void *address, size_t bytes, int mode,
		const struct hak_nodeset *nodes, unsigned flags)
{
	/*
	 * With MPOL_F_STATIC_NODES the kernel does not renumber the nodes of
	 * the policy when the cpuset changes.
	 */
	return (int)sys_mbind(address, bytes, mode | MPOL_F_STATIC_NODES, nodes,
			      HAK_NODE_IDS + 1, flags);
}

/*
 * Prefer one node. A separate function, because the node set shall not be on the stack
 * while prefer() calls hak_topology_recheck().
 */
static HAK_NOINLINE int bind_one(void *address, size_t bytes, unsigned node,
				 unsigned flags)
{
	struct hak_nodeset nodes = { { 0 } };

	hak_nodeset_add(&nodes, hak_topology_id(node));
	return bind(address, bytes, MPOL_PREFERRED, &nodes, flags);
}

static int prefer(void *address, size_t bytes, unsigned node, unsigned flags)
{
	int err;

	if (!hak_topology.places || node >= hak_topology.nodes ||
	    !hak_topology_speaks())
		return 0;
	err = bind_one(address, bytes, node, flags);
	if (hak_unlikely(err == -EINVAL))
		hak_topology_recheck();
	return err;
}

int hak_place(void *address, size_t bytes, unsigned node)
{
	return prefer(address, bytes, node, 0);
}

bool hak_place_once(void)
{
	return hak_topology.places && !hak_topology.bound &&
	       hak_topology.nodes > 1;
}

int hak_place_interleaved(void *address, size_t bytes)
{
	if (!hak_topology.places || hak_topology.nodes == 1 ||
	    !hak_topology_speaks())
		return 0;
	return bind(address, bytes, MPOL_INTERLEAVE, hak_topology_ids(), 0);
}

bool hak_place_strays(void *address, size_t bytes, unsigned node)
{
	return prefer(address, bytes, node, MPOL_MF_STRICT) == -EIO;
}

void hak_place_gather(void *address, size_t bytes, unsigned node)
{
	prefer(address, bytes, node, MPOL_MF_MOVE);
}

/*
 * The range already prefers the node. So if the node is full, the kernel takes pages of
 * another node instead of killing a process. Then mbind moves these pages to the wanted
 * node. To make room there, the kernel reclaims page cache and similar memory, but does
 * not kill a process. If the kernel cannot move a huge page as a whole, the kernel
 * splits the huge page (and Linux 6.12 drops the parts with only zeroes). The next try
 * then populates small pages.
 */
static int populate(void *address, size_t bytes, unsigned node)
{
	struct hak_nodeset nodes = { { 0 } };
	int tries = TRIES;
	int err;

	hak_nodeset_add(&nodes, hak_topology_id(node));
	do {
		err = hak_map_populate(address, bytes);
		if (!err)
			err = prefer(address, bytes, node, MPOL_MF_STRICT);
		if (err == -EIO)
			bind(address, bytes, MPOL_BIND, &nodes, MPOL_MF_MOVE);
	} while (err == -EIO && --tries);
	return err;
}

/*
 * The policy of the running thread decides on which node new page tables lie. With a
 * strict policy and a full node, the kernel could kill a process. So remove the
 * thread's policy while populating the range. If the range cannot have a policy of its
 * own, populate nothing and keep the thread's policy.
 */
int hak_place_populate(void *address, size_t bytes, unsigned node)
{
	struct hak_nodeset nodes = { { 0 } };
	int mode = MPOL_DEFAULT;
	bool changed;
	int err;

	if (!hak_topology_speaks())
		return 0;
	if (!hak_room_for(hak_topology_id(node), bytes))
		return -ENOMEM;
	err = hak_place(address, bytes, node);
	if (err)
		return err == -EINVAL ? err : 0;
	changed =
		!sys_get_mempolicy(&mode, &nodes, HAK_NODE_IDS + 1, NULL, 0) &&
		mode != MPOL_DEFAULT &&
		!sys_set_mempolicy(MPOL_DEFAULT, NULL, 0);
	err = populate(address, bytes, node);
	if (changed)
		sys_set_mempolicy(mode, &nodes, HAK_NODE_IDS + 1);
	return err;
}

int hak_place_records(void *address, size_t bytes, unsigned node)
{
	if (hak_topology.bound)
		return hak_place_populate(address, bytes,
					  node % hak_topology.nodes);
	hak_place(address, bytes, node);
	return 0;
}

int hak_place_where(const void *address)
{
	int id = 0;
	int err = (int)sys_get_mempolicy(&id, NULL, 0, address,
					 MPOL_F_NODE | MPOL_F_ADDR);

	return err ? err : id;
}

int hak_place_lies(const void *address)
{
	int status = -ENOENT;
	long err = sys_move_pages(1, (void *const *)&address, NULL, &status,
				  0);

	return err ? (int)err : status;
}

/* The number of pages on the node minus the number of pages on other nodes. */
static int balance(void *const *pages, unsigned count, int id)
{
	static int status[MOVED];
	int more = 0;
	unsigned i;

	if (sys_move_pages(count, pages, NULL, status, 0))
		return 0;
	for (i = 0; i < count; i++)
		if (status[i] >= 0)
			more += status[i] == id ? 1 : -1;
	return more;
}

bool hak_place_move(void *address, unsigned node)
{
	static void *pages[MOVED];
	static int ids[MOVED], status[MOVED];
	size_t page = hak_limits_page();
	int id = (int)hak_topology_id(node);
	unsigned count = 0;

	for (; count < MOVED && count * page < MOVED_BYTES; count++) {
		pages[count] = (char *)address + count * page;
		ids[count] = id;
	}
	/*
	 * A huge page moves with the first address in the page, and the other
	 * addresses get an error. So ignore `status`, and count afterwards.
	 */
	sys_move_pages(count, pages, ids, status, MPOL_MF_MOVE);
	return balance(pages, count, id) > 0;
}
