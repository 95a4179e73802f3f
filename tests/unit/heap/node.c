/* SPDX-License-Identifier: MIT */
/*
 * node.c - units and slabs lent by a node: nobody has what another has, the
 * map tells whose they are, and all of it comes back.
 */
#include "reclaim/decommit.h"
#include "heap/node.h"

#include "unit/heap.h"

#include <pthread.h>

enum { HELD = 200, STEPS = 5000, THREADS = 3, ROUNDS = 1500 };

static struct hak_node *node;
static struct hak_owner owner;

struct row {
	char *address;
	unsigned int units; /* 0: none */
};

static bool all_returned(void)
{
	unsigned int i;
	bool none = true;

	for (i = 0; i < HAK_GROUPS; i++)
		none = none && !node->live.group[i].used;
	return none && hak_window.span[0].lent == 0 &&
	       unit_stat(HAK_STAT_SUPERSLABS_LENT) ==
		       unit_stat(HAK_STAT_SUPERSLABS_RETURNED) &&
	       unit_stat(HAK_STAT_SLABS_LENT) ==
		       unit_stat(HAK_STAT_SLABS_RETURNED);
}

static void stamp(const struct row *row, unsigned int from)
{
	unsigned int i;

	for (i = from; i < row->units; i++)
		*(uint64_t *)(row->address + (size_t)i * HAK_UNIT_BYTES) =
			(uint64_t)row->address;
}

static void check(const struct row *row)
{
	unsigned int i;

	for (i = 0; i < row->units; i++)
		unit_expect(*(uint64_t *)(row->address +
					  (size_t)i * HAK_UNIT_BYTES) ==
			    (uint64_t)row->address);
}

static void take(struct row *row)
{
	unsigned int units = 1 + (unsigned int)unit_below(30), i;
	unsigned int align = 1U << unit_below(5);
	struct hak_units got;
	bool taken;

	hak_lock_take(&node->lock);
	taken = hak_node_take_locked(node, units, align, &got);
	hak_lock_drop(&node->lock);
	unit_need(taken);
	unit_expect((uintptr_t)got.address %
		    ((size_t)align * HAK_UNIT_BYTES) == 0);
	unit_expect(hak_node_of(got.address) == node);
	unit_expect(hak_slab_of(got.address) == got.slab);
	unit_expect(hak_slab_of(got.address + (size_t)units * HAK_UNIT_BYTES -
				1) == got.slab);
	for (i = 0; got.zero && i < units; i++)
		unit_expect(*(uint64_t *)(got.address +
					  (size_t)i * HAK_UNIT_BYTES) == 0);
	row->address = got.address;
	row->units = units;
	stamp(row, 0);
}

static void give(struct row *row, unsigned int keep)
{
	check(row);
	hak_lock_take(&node->lock);
	hak_node_give_locked(node,
			     row->address + (size_t)keep * HAK_UNIT_BYTES,
			     row->units - keep);
	hak_lock_drop(&node->lock);
	unit_settle();
	row->units = keep;
}

static void extend(struct row *row)
{
	unsigned int more = 1 + (unsigned int)unit_below(4);
	unsigned int before = row->units;
	bool done;

	hak_lock_take(&node->lock);
	done = hak_node_extend_locked(node, row->address, before, more);
	hak_lock_drop(&node->lock);
	if (!done)
		return;
	row->units += more;
	unit_expect(hak_slab_of(row->address +
				(size_t)row->units * HAK_UNIT_BYTES - 1) ==
		    hak_slab_of(row->address));
	stamp(row, before);
	check(row);
}

static void rows(void)
{
	static struct row held[HELD];
	struct row *row;
	int i;

	for (i = 0; i < STEPS; i++) {
		row = &held[unit_below(HELD)];
		if (!row->units)
			take(row);
		else if (unit_below(4) == 0)
			extend(row);
		else
			give(row, unit_below(3) ? 0 : row->units / 2);
	}
	for (i = 0; i < HELD; i++)
		if (held[i].units)
			give(&held[i], 0);
	unit_expect(all_returned());
	unit_result("rows of units taken, extended, cut and given back");
}

static void expect_entries(const struct hak_slab *slab, uint32_t entry)
{
	size_t bytes = (size_t)hak_sizeclass[slab->class].units *
		       HAK_UNIT_BYTES;
	size_t offset;

	for (offset = 0; offset < bytes; offset += HAK_UNIT_BYTES)
		unit_expect(hak_window_entry(slab->start + offset) == entry);
}

static void slabs(void)
{
	struct hak_slab *slab[HAK_CLASSES];
	unsigned int class;

	for (class = 1; class < HAK_CLASSES; class++) {
		slab[class] = hak_node_lend(node, &owner, class, 1);
		unit_need(slab[class]);
		expect_entries(slab[class], hak_entry(owner.key, class));
		unit_expect(slab[class]->owner == &owner);
		unit_expect(hak_node_of(slab[class]->start) == node);
	}
	for (class = 1; class < HAK_CLASSES; class++)
		expect_entries(slab[class], hak_entry(owner.key, class));
	unit_expect(unit_stat(HAK_STAT_SLABS_LENT) == HAK_CLASSES - 1);
	for (class = 1; class < HAK_CLASSES; class++) {
		hak_node_return(slab[class]);
		expect_entries(slab[class], 0);
	}
	unit_expect(all_returned());
	unit_result("a slab of every class, with its entries in the map");
}

static void density(void)
{
	struct hak_slab *one, *two, *three;

	/* Fill a superslab but for a hole; the next slab goes there. */
	one = hak_node_lend(node, &owner, 55, 1);
	two = hak_node_lend(node, &owner, 1, 1);
	while ((three = hak_node_lend(node, &owner, 56, 1)))
		if ((uintptr_t)three->start / HAK_SUPERSLAB_BYTES !=
		    (uintptr_t)one->start / HAK_SUPERSLAB_BYTES)
			break;
	unit_need(one && two && three);
	hak_node_return(two);
	unit_expect(hak_node_lend(node, &owner, 1, 1) == two);
	unit_result("the densest superslab lends first");
}

static void *lend_and_return(void *arg)
{
	static const unsigned int classes[] = { 1, 12, 40, 52, 56 };
	unsigned int me = *(unsigned int *)arg, i, n = 0;
	struct hak_slab *slab[8] = { 0 };
	struct hak_owner mine = { .key = hak_owner_key() };

	for (i = 0; i < ROUNDS; i++) {
		n = (i * 5 + me) % 8;
		if (slab[n]) {
			unit_expect(*(uint64_t *)slab[n]->start ==
				    (uint64_t)slab[n]);
			unit_expect(hak_window_entry(slab[n]->start) ==
				    hak_entry(mine.key, slab[n]->class));
			hak_node_return(slab[n]);
			slab[n] = NULL;
			continue;
		}
		slab[n] = hak_node_lend(node, &mine, classes[(i + me) % 5], 1);
		unit_need(slab[n]);
		*(uint64_t *)slab[n]->start = (uint64_t)slab[n];
	}
	for (n = 0; n < 8; n++)
		if (slab[n])
			hak_node_return(slab[n]);
	return NULL;
}

static void threads(void)
{
	static unsigned int number[THREADS] = { 1, 2, 3 };
	uint32_t before = hak_window.span[0].lent;
	pthread_t thread[THREADS];
	int i;

	for (i = 0; i < THREADS; i++)
		unit_need(!pthread_create(&thread[i], NULL, lend_and_return,
					  &number[i]));
	for (i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	unit_expect(hak_window.span[0].lent <= before);
	unit_result("threads that lend and return slabs at once");
}

static void keys(void)
{
	uint32_t before = hak_owner_key(), key;
	int i;

	unit_expect(node->shared.key >> HAK_OWNER_SHIFT >= 2);
	unit_expect(owner.key > node->shared.key);
	for (i = 0; i < 1000; i++) {
		key = hak_owner_key();
		unit_expect(key == before + (1 << HAK_OWNER_SHIFT));
		before = key;
	}
	while (before >> HAK_OWNER_SHIFT < HAK_OWNERS_MAX - 1)
		before = hak_owner_key();
	unit_expect(hak_owner_key() == 0);
	unit_expect(hak_owner_key() == 0);
	unit_result("owner ids are never the same, and end");
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(5);
	unit_open_heap();
	node = hak_nodes[0];
	owner.key = hak_owner_key();
	slabs();
	rows();
	density();
	threads();
	keys();
	return ksft_finished();
}
