/* SPDX-License-Identifier: MIT */
/*
 * topology.c - memory nodes, the distances, and the node of a thread.
 *
 * Owns    the nodes by distance, and the node of each processor.
 * Locks   none: constant after start, except atomics. A look-up during a change of
 *         the cpuset may return the processor's old node, but does not keep
 *         the old node.
 * Calls   operator.h, os/file.h, os/clock.h, rseq, getcpu(3): see `calls`.
 */
#include "numa/topology.h"

#include "numa/operator.h"
#include "numa/room.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/image.h"
#include "os/limits.h"
#include "os/map.h"
#include "os/vdso.h"
#include "base/atomic.h"
#include "base/bits.h"
#include "base/nodeset.h"
#include "base/text.h"
#include "arch/arch.h"

#include <linux/rseq.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>

#define NODES "/sys/devices/system/node/"

enum {
	NO_ROW = UINT16_MAX,
	TEXT_BYTES = 5 * HAK_NODE_IDS,
};

struct hak_topology hak_topology = { .nodes = 1 };
_Atomic uint16_t hak_topology_cpu_node[HAK_TOPOLOGY_CPUS];

/*
 * For each online node a list of all nodes with a heap, nearest first. row_of[] has the
 * place of the list, by the kernel's id of the online node.
 */
static uint16_t *rows;
static uint16_t row_of[HAK_NODE_IDS];

static uint16_t ids[HAK_NODE_IDS];		    /* the kernel's ids, by index */
static struct hak_nodeset heaps;		    /* the same ids as a set */
static char text[TEXT_BYTES];			    /* content of a file, at start */
static _Atomic uint64_t allowed[HAK_NODESET_WORDS]; /* bits, by index */
static _Atomic uint32_t checked; /* second of the last check of the cpuset */

/* getcpu(3) makes a system call, for which a seccomp filter may kill the process. */
static bool calls;

/* glibc 2.35 and later: from the thread pointer to the thread's rseq area. */
extern const ptrdiff_t __rseq_offset __attribute__((weak));

/* hak_topology_here() reads this word if there is no rseq, and so needs no branch. */
static __thread const uint32_t no_cpu HAK_INITIAL_EXEC = UINT32_MAX;

unsigned hak_topology_id(unsigned node)
{
	return ids[node];
}

const struct hak_nodeset *hak_topology_ids(void)
{
	return &heaps;
}

int hak_topology_node(unsigned id)
{
	unsigned i;

	for (i = 0; i < hak_topology.nodes; i++)
		if (ids[i] == id)
			return (int)i;
	return HAK_NO_NODE;
}

static const uint16_t *row(unsigned id)
{
	unsigned i = id < HAK_NODE_IDS ? row_of[id] : NO_ROW;

	return i == NO_ROW ? rows : rows + (size_t)i * hak_topology.nodes;
}

unsigned hak_topology_near(unsigned node, unsigned rank)
{
	return hak_topology.nodes == 1 ? 0 : row(ids[node])[rank];
}

static bool is_allowed(unsigned node)
{
	/* pairs with hak_topology_recheck(): see remember() */
	uint64_t word = atomic_load_explicit(&allowed[node / 64],
					     memory_order_seq_cst);

	return word >> (node & 63) & 1;
}

/* The node for a thread on the kernel's node `id`: the nearest allowed node. */
static unsigned nearest(unsigned id)
{
	const uint16_t *near = row(id);
	unsigned i;

	for (i = 0; i < hak_topology.nodes; i++)
		if (is_allowed(near[i]))
			return near[i];
	return near[0];
}

/*
 * Remember the node for threads on a processor; `id` is the kernel's id of the
 * processor's node. If the cpuset changes meanwhile, either this thread sees the
 * change, or the thread in hak_topology_recheck() sees the node and removes it.
 * Therefore sequential consistency: pairs with hak_topology_recheck().
 */
static unsigned remember(unsigned cpu, unsigned id)
{
	unsigned node = nearest(id);

	atomic_store_explicit(&hak_topology_cpu_node[cpu], (uint16_t)(node + 1),
			      memory_order_seq_cst);
	if (hak_unlikely(nearest(id) != node))
		hak_write_once(&hak_topology_cpu_node[cpu], 0);
	return node;
}

unsigned hak_topology_here_slow(void)
{
	unsigned cpu = 0, id = 0;

	if ((calls && hak_filter_here()) || getcpu(&cpu, &id))
		return 0;
	return cpu < HAK_TOPOLOGY_CPUS ? remember(cpu, id) : nearest(id);
}

static bool is_on(unsigned cpu, unsigned id)
{
	struct hak_text path = { 0 };
	char byte[2];

	hak_text_add(&path, NODES "node");
	hak_text_add_number(&path, id);
	hak_text_add(&path, "/cpu");
	hak_text_add_number(&path, cpu);
	hak_text_add(&path, "/uevent");
	path.bytes[path.used] = '\0';
	return hak_file_read(path.bytes, byte, sizeof(byte)) >= 0;
}

unsigned hak_topology_of_cpu(unsigned cpu)
{
	unsigned node = 0;
	unsigned id;

	if (hak_topology.nodes == 1 || cpu >= HAK_TOPOLOGY_CPUS)
		return 0;
	node = hak_read_once(&hak_topology_cpu_node[cpu]);
	if (node)
		return node - 1;
	for (id = 0; id < HAK_NODE_IDS; id++)
		if (row_of[id] != NO_ROW && is_on(cpu, id))
			break;
	return remember(cpu, id < HAK_NODE_IDS ? id : ids[0]);
}

/* ---- At start ------------------------------------------------------------- */

/* Write the indexes of the nodes to `near`, in order of the distances in `far`. */
static void sort_row(uint16_t *near, const uint16_t *far, unsigned count)
{
	unsigned i, j;

	for (i = 0; i < count; i++) {
		for (j = i; j && far[near[j - 1]] > far[i]; j--)
			near[j] = near[j - 1];
		near[j] = (uint16_t)i;
	}
}

/*
 * Read the distances from the node with the kernel's id `id` to all nodes with a heap.
 */
static void read_far(unsigned id, const struct hak_nodeset *online,
		     uint16_t *ret_far)
{
	struct hak_text path = { 0 };
	const char *at = text;
	unsigned to, far;
	int node;

	/* If the file does not tell, all nodes are far but the node itself. */
	for (to = 0; to < hak_topology.nodes; to++)
		ret_far[to] = ids[to] == id ? 0 : UINT16_MAX;
	hak_text_add(&path, NODES "node");
	hak_text_add_number(&path, id);
	hak_text_add(&path, "/distance");
	if (hak_file_read(path.bytes, text, sizeof(text)) <= 0)
		return;
	for (to = hak_nodeset_next(online, 0); to < HAK_NODE_IDS;
	     to = hak_nodeset_next(online, to + 1)) {
		/* A blank stands before each number except the first. */
		at += *at == ' ';
		if (*at < '0' || *at > '9')
			return;
		for (far = 0; *at >= '0' && *at <= '9'; at++)
			far = far * 10 + (unsigned)(*at - '0');
		node = hak_topology_node(to);
		if (node != HAK_NO_NODE)
			ret_far[node] = (uint16_t)far;
	}
}

static bool read_rows(const struct hak_nodeset *online)
{
	static uint16_t far[HAK_NODE_IDS];
	unsigned count = hak_nodeset_count(online);
	size_t bytes = (size_t)count * hak_topology.nodes * sizeof(*rows);
	unsigned n = 0;
	void *table;
	unsigned id;

	if (hak_map_new(hak_round_up(bytes, 64 << 10), &table))
		return false;
	rows = table;
	for (id = 0; id < HAK_NODE_IDS; id++) {
		row_of[id] = NO_ROW;
		if (!hak_nodeset_has(online, id))
			continue;
		row_of[id] = (uint16_t)n;
		read_far(id, online, far);
		sort_row(rows + (size_t)n++ * hak_topology.nodes, far,
			 hak_topology.nodes);
	}
	return true;
}

static void read_online(const struct hak_nodeset *known,
			struct hak_nodeset *ret_online)
{
	if (hak_file_read(NODES "online", text, sizeof(text)) <= 0 ||
	    !hak_nodeset_parse(ret_online, text))
		*ret_online = *known;
}

static void number_nodes(const struct hak_nodeset *nodes)
{
	unsigned id;

	hak_topology.nodes = 0;
	for (id = hak_nodeset_next(nodes, 0); id < HAK_NODE_IDS;
	     id = hak_nodeset_next(nodes, id + 1)) {
		allowed[hak_topology.nodes / 64] |=
			1UL << (hak_topology.nodes & 63);
		ids[hak_topology.nodes++] = (uint16_t)id;
	}
}

static bool can_populate(void)
{
	size_t page = hak_limits_page();
	void *somewhere;
	bool can;

	if (hak_map_new(page, &somewhere))
		return false;
	can = !hak_map_populate(somewhere, page);
	hak_unmap(somewhere, page);
	return can;
}

void hak_topology_open(void)
{
	struct hak_nodeset may, online;
	struct hak_operator operator;

	hak_topology = (struct hak_topology){ .nodes = 1 };
	calls = !hak_vdso_find(ARCH_VDSO_GETCPU);
	if (!hak_operator_allowed_first(&may) || !hak_nodeset_count(&may))
		return;
	ids[0] = (uint16_t)hak_nodeset_next(&may, 0);
	if (hak_nodeset_count(&may) == 1)
		return;
	hak_operator_read(&may, &operator);
	if (operator.one_heap)
		return;
	heaps = operator.nodes;
	number_nodes(&heaps);
	read_online(&may, &online);
	if (hak_topology.nodes > 1 && !read_rows(&online)) {
		hak_topology.nodes = 1;
		return;
	}
	/*
	 * Linux before 5.14 cannot populate a range. Then hakmem does not bind
	 * strictly, and the kernel's own policy applies.
	 */
	hak_topology.bound = operator.bound && can_populate();
	if (hak_topology.bound) {
		hak_image_populate();
		hak_room_open(hak_nodeset_count(&online));
	}
	hak_topology.places = !operator.unbound;
	hak_topology.asked = operator.asked;
}

void hak_topology_locate(void)
{
	if (&__rseq_offset && __rseq_offset)
		hak_topology.cpu_offset = (uintptr_t)__rseq_offset +
					  offsetof(struct rseq, cpu_id);
	else
		hak_topology.cpu_offset =
			(uintptr_t)&no_cpu - arch_thread_pointer();
	hak_topology.located = hak_topology.nodes > 1;
}

void hak_topology_recheck(void)
{
	uint32_t now = hak_clock_seconds();
	struct hak_nodeset may;
	unsigned node, cpu;
	bool lacks = false;
	uint64_t bit;

	if (!hak_topology_speaks() ||
	    now == hak_exchange_relaxed(&checked, now) ||
	    !hak_operator_allowed(&may))
		return;
	for (node = 0; node < hak_topology.nodes; node++) {
		bit = 1UL << (node & 63);
		/* pairs with is_allowed() */
		if (hak_nodeset_has(&may, ids[node])) {
			atomic_fetch_or_explicit(&allowed[node / 64], bit,
						 memory_order_seq_cst);
		} else {
			atomic_fetch_and_explicit(&allowed[node / 64], ~bit,
						  memory_order_seq_cst);
			lacks = true;
		}
	}
	hak_write_once(&hak_topology.lacks, lacks);
	/* pairs with remember() */
	for (cpu = 0; cpu < HAK_TOPOLOGY_CPUS; cpu++)
		if (atomic_load_explicit(&hak_topology_cpu_node[cpu],
					 memory_order_seq_cst))
			hak_write_once(&hak_topology_cpu_node[cpu], 0);
}
