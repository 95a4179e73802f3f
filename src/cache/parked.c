/* SPDX-License-Identifier: MIT */
/*
 * parked.c - tcaches of ended threads, and remote frees for these tcaches.
 *
 * Owns    the nodes' lists of parked tcaches.
 * Locks   node->park.
 * Calls   tcache.h, heap/, base/todo.h.
 */
#include "cache/parked.h"

#include "cache/tcache.h"
#include "heap/node.h"
#include "numa/topology.h"
#include "base/atomic.h"
#include "base/todo.h"

/*
 * The number of parked tcaches that the running thread has taken in order to drain
 * them. If a signal handler leaves the work by longjmp(), the number stays too high.
 */
static __thread uint32_t taken HAK_INITIAL_EXEC;

bool hak_parked_at_work(void)
{
	return taken;
}

static void take_off_locked(struct hak_tcache *tcache)
	HAK_REQUIRES(tcache->node->park)
{
	hak_lock_assert(&tcache->node->park);
	hak_list_remove(&tcache->parked);
	hak_write_once(&tcache->owner.parked, false);
}

struct hak_tcache *hak_parked_take(struct hak_node *node, bool oldest)
{
	struct hak_tcache *tcache = NULL;
	struct hak_list *link;

	hak_lock_take(&node->park);
	if (!hak_list_empty(&node->parked)) {
		link = oldest ? node->parked.prev : node->parked.next;
		tcache = hak_container_of(link, struct hak_tcache, parked);
		hak_lock_assert(&tcache->node->park);
		take_off_locked(tcache);
	}
	hak_lock_drop(&node->park);
	return tcache;
}

/*
 * Take the tcache off the list of parked tcaches; false if another thread was
 * faster.
 */
static bool take_this(struct hak_tcache *tcache)
{
	struct hak_node *node = tcache->node;
	bool parked;

	hak_lock_take(&node->park);
	parked = hak_read_once(&tcache->owner.parked);
	if (parked) {
		hak_lock_assert(&tcache->node->park);
		take_off_locked(tcache);
	}
	hak_lock_drop(&node->park);
	return parked;
}

void hak_parked_put(struct hak_tcache *tcache)
{
	struct hak_node *node = tcache->node;

	hak_lock_take(&node->park);
	hak_list_push(&node->parked, &tcache->parked);
	hak_owner_park(&tcache->owner);
	hak_lock_drop(&node->park);
}

void hak_parked_drain_called(struct hak_node *node)
{
	struct hak_owner *owner = hak_callers_take(&node->callers);
	struct hak_tcache *tcache;

	while (owner) {
		tcache = hak_container_of(owner, struct hak_tcache, owner);
		owner = hak_callers_next(owner);
		taken++;
		if (take_this(tcache)) {
			hak_tcache_drain(tcache);
			hak_parked_put(tcache);
		}
		taken--;
	}
}

void hak_parked_drain_others(struct hak_node *node)
{
	hak_shared_drain(node);
	hak_parked_drain_called(node);
}

void hak_parked_drain_noted(void)
{
	struct hak_node *node;
	unsigned i;

	if (!hak_todo_take(HAK_TODO_COLLECT))
		return;
	for (i = 0; i < hak_topology_nodes(); i++) {
		node = hak_nodes[i];
		/* pairs with hak_node_collect_later(): the freed blocks are visible */
		if (hak_read_once(&node->collect) &&
		    hak_exchange_acquire(&node->collect, false))
			hak_parked_drain_others(node);
	}
}

static void drain_parked(struct hak_node *node)
{
	struct hak_tcache *tcache;

	taken++;
	tcache = hak_parked_take(node, true);
	if (tcache) {
		hak_tcache_drain(tcache);
		hak_parked_put(tcache);
	}
	taken--;
}

void hak_parked_drain_all(struct hak_node *node)
{
	struct hak_list *link;
	unsigned count = 0;

	hak_lock_take(&node->park);
	hak_list_for_each(link, &node->parked) count++;
	hak_lock_drop(&node->park);
	while (count--)
		drain_parked(node);
}
