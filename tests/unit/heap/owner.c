/* SPDX-License-Identifier: MIT */
/* owner.c - which slabs an owner lists, keeps and lets go. */
#include "heap/owner.h"

#include "unit/heap.h"

enum { CLASS = 20, SINGLE = 56 };

static struct hak_node *node;
static struct hak_callers callers;
static struct hak_owner owner;
static void *blocks[4][HAK_SLAB_BLOCKS_MAX];

/* A new slab with all blocks drawn. */
static struct hak_slab *lend(unsigned int class, unsigned int n)
{
	struct hak_slab *slab = hak_node_lend(node, &owner, class, 1);

	unit_need(slab);
	hak_owner_add(&owner, slab);
	unit_need(hak_owner_find(&owner, class) == slab);
	unit_need(hak_owner_draw(&owner, slab, blocks[n], slab->blocks) ==
		  slab->blocks);
	return slab;
}

static void remote_free(void *block)
{
	struct hak_slab *slab = hak_slab_of(block);
	unsigned int index = hak_slab_index(slab, block);

	hak_slab_return_remote(slab, index / 64, 1UL << (index & 63));
}

static void put(void *block)
{
	struct hak_slab *slab = hak_slab_of(block);

	hak_slab_put(slab, hak_slab_index(slab, block));
	hak_owner_count_in(&owner, slab, 1);
}

/* Return idle slabs, until at most `units` units are left. The number of slabs. */
static unsigned int evict(unsigned int units)
{
	struct hak_slab *chain = hak_owner_evict(&owner, units);
	struct hak_slab *slab;
	unsigned int count = 0;

	for (slab = chain; slab; slab = slab->queued)
		count++;
	hak_node_return(chain);
	return count;
}

static bool all_gone(void)
{
	unsigned int class;

	for (class = 1; class < HAK_CLASSES; class++)
		if (!hak_list_empty(&owner.slabs[class]))
			return false;
	return !hak_owner_has_mail(&owner) && !owner.idle_units &&
	       !owner.used[CLASS] && !owner.used[SINGLE] &&
	       hak_list_empty(&owner.idle) && hak_window.span[0].lent == 0 &&
	       unit_stat(HAK_STAT_SLABS_LENT) ==
		       unit_stat(HAK_STAT_SLABS_RETURNED);
}

static void finds(void)
{
	struct hak_slab *full = lend(CLASS, 0);
	unsigned int i;

	unit_expect(!hak_owner_find(&owner, CLASS));
	unit_expect(!full->listed && hak_list_empty(&owner.slabs[CLASS]));
	unit_expect(atomic_load(&full->remote) == HAK_SLAB_FULL);
	unit_result("a search takes full slabs off the list");

	remote_free(blocks[0][0]);
	unit_expect(hak_owner_has_mail(&owner));
	owner.bytes_in = 0;
	hak_owner_drain(&owner, HAK_DRAIN_TO_DRAW);
	unit_expect(full->listed && hak_owner_find(&owner, CLASS) == full);
	unit_expect(owner.bytes_in == hak_sizeclass[CLASS].bytes);
	remote_free(blocks[0][1]);
	unit_expect(!hak_owner_has_mail(&owner));
	unit_result("a remote free brings a full slab back to the list");

	for (i = 2; i < full->blocks; i++)
		put(blocks[0][i]);
	unit_expect(full->used == 1 && !full->idle);
	hak_owner_tidy(&owner, CLASS);
	unit_expect(full->idle && evict(0) == 1);
	unit_expect(owner.bytes_in ==
		    (uint64_t)full->blocks * hak_sizeclass[CLASS].bytes);
	unit_expect(all_gone());
	unit_result("tidy collects, counts each block and finds the slab idle");
}

/* Free the blocks of the slab, but not the first `but`. */
static void empty(unsigned int n, unsigned int but)
{
	struct hak_slab *slab = hak_slab_of(blocks[n][0]);
	unsigned int i;

	for (i = but; i < slab->blocks; i++)
		put(blocks[n][i]);
}

static void keeps(void)
{
	struct hak_slab *a = lend(CLASS, 0), *b = lend(CLASS, 1);
	struct hak_slab *c = lend(CLASS, 2);
	unsigned int units = a->units;

	put(blocks[2][0]);
	empty(0, 0);
	empty(1, 0);
	unit_expect(a->idle && b->idle && owner.idle_units == 2 * units);
	unit_expect(hak_owner_find(&owner, CLASS) == c && !c->idle);
	unit_result("an idle slab stays, behind the slabs in use");

	owner.idle_most = 2 * units;
	unit_expect(!hak_owner_has_excess(&owner));
	owner.idle_most--;
	unit_expect(hak_owner_has_excess(&owner));
	unit_expect(evict(units) == 1);
	unit_expect(hak_container_of(owner.idle.next, struct hak_slab,
				     idle_link) == b);
	unit_expect(owner.idle_units == units);
	unit_result("above the limit the longest idle slab goes first");

	unit_need(hak_owner_draw(&owner, c, blocks[2], 1) == 1);
	unit_expect(hak_owner_find(&owner, CLASS) == b);
	unit_expect(!b->idle && !owner.idle_units && evict(0) == 0);
	unit_need(hak_owner_draw(&owner, b, blocks[1], 1) == 1);
	put(blocks[1][0]);
	unit_expect(b->idle && owner.idle_units == units);
	empty(2, 0);
	unit_expect(evict(0) == 2 && all_gone());
	unit_result("a slab found to draw from is idle no more");
}

/* Two slabs of the class that the queue will bring, each idle then. */
static void fill_queue(void)
{
	lend(CLASS, 0);
	lend(CLASS, 1);
	empty(0, 1);
	empty(1, 1);
	hak_owner_tidy(&owner, CLASS);
	remote_free(blocks[0][0]);
	remote_free(blocks[1][0]);
	unit_expect(hak_owner_has_mail(&owner));
}

static void drains(void)
{
	static const enum hak_drain all[] = { HAK_DRAIN_TO_DRAW,
					      HAK_DRAIN_TO_WAIT };
	struct hak_slab *more;
	unsigned int i, j;

	for (i = 0; i < 2; i++) {
		fill_queue();
		hak_owner_drain(&owner, all[i]);
		unit_expect(!hak_owner_has_mail(&owner));
		unit_expect(evict(0) == 2 && all_gone());
	}
	unit_result("a drain finds the idle slabs");

	for (i = 0; i < 2; i++) {
		more = lend(CLASS, 0);
		hak_owner_tidy(&owner, CLASS);
		remote_free(blocks[0][0]);
		hak_owner_drain(&owner, all[i]);
		remote_free(blocks[0][1]);
		unit_expect(hak_owner_has_mail(&owner) ==
			    (all[i] == HAK_DRAIN_TO_WAIT));
		hak_owner_drain(&owner, HAK_DRAIN_TO_DRAW);
		for (j = 2; j < more->blocks; j++)
			put(blocks[0][j]);
		hak_owner_tidy(&owner, CLASS);
		unit_expect(evict(0) == 1 && all_gone());
	}
	unit_result("a drained slab queues itself again unless the owner draws");
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(8);
	unit_open_heap();
	node = hak_nodes[0];
	hak_owner_open(&owner, hak_owner_key(), 0, &callers);
	unit_expect(hak_sizeclass[SINGLE].blocks == 1);
	finds();
	keeps();
	drains();
	return ksft_finished();
}
