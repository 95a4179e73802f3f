/* SPDX-License-Identifier: MIT */
/*
 * live.c - superslabs by size class: a large class has superslabs of its own, a
 * small class shares; the free units stay bounded, and all counts come back to 0.
 */
#include "reclaim/decommit.h"
#include "heap/handover.h"
#include "heap/node.h"

#include "unit/heap.h"

enum {
	BIG = 12,   /* a class with slabs of a single unit */
	OTHER = 10, /* another */
	SMALL = 3,
	SLABS = 40 * HAK_UNITS,
};

static struct hak_node *node;
static struct hak_owner owner;

struct pile {
	struct hak_slab *slab[SLABS];
	unsigned count;
};

static struct pile big, other, small;

static struct hak_superslab *superslab_of(const struct hak_slab *slab)
{
	const struct hak_spot spot = hak_window_spot(slab->start);

	return &spot.span->superslab[spot.superslab];
}

static void lend(struct pile *pile, unsigned class, unsigned count)
{
	for (; count; count--) {
		unit_need(pile->count < SLABS);
		pile->slab[pile->count] = hak_node_lend(node, &owner, class, 1);
		unit_need(pile->slab[pile->count]);
		pile->count++;
	}
}

static void give(struct pile *pile, unsigned i)
{
	hak_node_return(pile->slab[i]);
	pile->slab[i] = pile->slab[--pile->count];
}

static void give_all(struct pile *pile)
{
	while (pile->count)
		give(pile, pile->count - 1);
}

/* How many slabs of the pile lie in superslabs of the group? */
static unsigned in_group(const struct pile *pile, unsigned group)
{
	unsigned count = 0;
	unsigned i;

	for (i = 0; i < pile->count; i++)
		count += superslab_of(pile->slab[i])->group == group;
	return count;
}

static bool all_zero(const struct hak_live *live)
{
	unsigned i;

	for (i = 0; i < HAK_GROUPS; i++)
		if (live->group[i].used)
			return false;
	for (i = 0; i < HAK_CLASSES; i++)
		if (live->class_units[i])
			return false;
	return !live->mixed && !live->own && !live->slab_units;
}

/* Two large classes grow together, with a small class between. */
static void grow(void)
{
	unsigned i;

	unit_need(hak_sizeclass[BIG].units == 1 &&
		  hak_sizeclass[OTHER].units == 1);
	for (i = 0; i < 30 * HAK_UNITS; i++) {
		lend(&big, BIG, 1);
		lend(&other, OTHER, 1);
		if (i % 16 == 0)
			lend(&small, SMALL, 1);
	}
}

static void apart(void)
{
	uint32_t before;

	grow();
	unit_expect(in_group(&big, BIG) >= 14 * HAK_UNITS);
	unit_expect(in_group(&other, OTHER) >= 14 * HAK_UNITS);
	unit_expect(in_group(&big, OTHER) == 0 && in_group(&other, BIG) == 0);
	unit_expect(in_group(&small, HAK_GROUP_MIXED) == small.count);
	unit_result(
		"a large class has superslabs of its own, a small one none");

	before = node->span->lent;
	give_all(&other);
	unit_expect(before - node->span->lent >= 14);
	unit_result("the superslabs of a class that dies come free");
	give_all(&big);
	give_all(&small);
	unit_expect(all_zero(&node->live));
	unit_result("without a slab all counts are 0");
}

static void little(void)
{
	/* A class of 31 MiB would be large enough. */
	lend(&big, BIG, 31 * HAK_UNITS / 2);
	unit_expect(in_group(&big, HAK_GROUP_MIXED) == big.count);
	unit_expect(node->span->lent == 16);
	give_all(&big);
	unit_result("a small process pays nothing");
}

/* Holes in mixed superslabs are filled first. */
static void holes(void)
{
	unsigned before, i;

	grow();
	lend(&small, SMALL, 6 * HAK_UNITS);
	for (i = small.count; i > 1; i -= 2)
		give(&small, i - 1);
	before = in_group(&other, HAK_GROUP_MIXED);
	lend(&other, OTHER, 2 * HAK_UNITS);
	unit_expect(in_group(&other, HAK_GROUP_MIXED) > before);
	give_all(&big);
	give_all(&other);
	give_all(&small);
	unit_result("a class fills many holes before a superslab of its own");
}

static void bounded(void)
{
	unsigned i, slack;

	grow();
	unit_expect(node->live.own <= (uint32_t)node->live.slab_units / 16);
	/* A class shrinks everywhere: other classes use the holes. */
	for (i = big.count; i > 1; i -= 2)
		give(&big, i - 1);
	/* Freed last are units of mixed superslabs, and these share nothing. */
	slack = (unsigned)node->live.slab_units / 8 + 3 * HAK_UNITS;
	unit_expect(node->live.own <= slack);
	unit_expect(in_group(&big, HAK_GROUP_MIXED));
	i = node->span->lent;
	lend(&other, OTHER, 5 * HAK_UNITS);
	unit_expect(node->span->lent <= i + 1);
	unit_expect(in_group(&other, HAK_GROUP_MIXED) >= 4 * HAK_UNITS);
	unit_result("free units in superslabs of single classes are bounded");
	give_all(&big);
	give_all(&other);
	give_all(&small);
}

static void handed_over(void)
{
	const struct hak_live *to = &hak_nodes[1]->live;
	struct hak_superslab *superslab;
	unsigned group, units;

	grow();
	superslab = superslab_of(big.slab[big.count - 1]);
	group = superslab->group;
	units = HAK_UNITS - superslab->units_free;
	unit_need(group == BIG);
	unit_need(hak_handover(node->span,
			       (uint32_t)(superslab - node->span->superslab),
			       1) == 0);
	unit_expect(to->slab_units == (int)units &&
		    to->class_units[BIG] == (int)units);
	unit_expect(superslab->group == BIG);
	unit_expect(to->own == superslab->units_free);
	give_all(&big);
	unit_expect(all_zero(to));
	unit_expect(!node->live.class_units[BIG]);
	unit_result("a superslab's counts go along to another node");
	give_all(&other);
	give_all(&small);
	unit_expect(all_zero(&node->live));
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(7);
	unit_open_window(2);
	unit_need(hak_nodes_open(2));
	node = hak_nodes[0];
	owner.key = hak_owner_key();
	apart();
	little();
	holes();
	bounded();
	handed_over();
	return ksft_finished();
}
