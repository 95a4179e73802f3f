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
	struct hak_slab *slab = hak_node_lend(node, &owner, class);

	unit_need(slab);
	hak_owner_list(&owner, slab);
	unit_need(hak_slab_draw(slab, blocks[n], slab->blocks) ==
		  slab->blocks);
	return slab;
}

static void remote_free(void *block)
{
	struct hak_slab *slab = hak_slab_of(block);
	unsigned int index = hak_slab_index(slab, block);

	hak_slab_return_remote(slab, index / 64, 1UL << (index & 63));
}

static struct hak_slab *put(void *block)
{
	struct hak_slab *slab = hak_slab_of(block);

	return hak_owner_put(&owner, slab, hak_slab_index(slab, block));
}

static unsigned int bring_back(struct hak_slab *chain)
{
	struct hak_slab *slab;
	unsigned int count = 0;

	for (; (slab = chain); count++) {
		chain = slab->queued;
		hak_node_return(slab);
	}
	return count;
}

static bool all_gone(void)
{
	unsigned int class;

	for (class = 1; class < HAK_CLASSES; class++)
		if (!hak_list_empty(&owner.slabs[class]))
			return false;
	return !hak_owner_has_mail(&owner) && hak_window.span[0].lent == 0 &&
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
	unit_expect(!hak_owner_drain(&owner, HAK_DRAIN_TO_DRAW));
	unit_expect(full->listed && hak_owner_find(&owner, CLASS) == full);
	unit_expect(owner.bytes_in == hak_sizeclass[CLASS].bytes);
	remote_free(blocks[0][1]);
	unit_expect(!hak_owner_has_mail(&owner));
	unit_result("a remote free brings a full slab back to the list");

	for (i = 2; i < full->blocks; i++)
		unit_expect(!put(blocks[0][i]));
	unit_expect(full->used == 1);
	unit_expect(bring_back(hak_owner_tidy(&owner, CLASS)) == 1);
	unit_expect(owner.bytes_in ==
		    (uint64_t)full->blocks * hak_sizeclass[CLASS].bytes);
	unit_expect(all_gone());
	unit_result("tidy collects, counts each block and finds the slab idle");
}

/* Free all blocks of the slab but the first; the first one remotely or not. */
static struct hak_slab *empty(unsigned int n, bool remote)
{
	struct hak_slab *slab = hak_slab_of(blocks[n][0]);
	unsigned int i;

	for (i = 1; i < slab->blocks; i++)
		unit_expect(!put(blocks[n][i]));
	if (!remote)
		return put(blocks[n][0]);
	remote_free(blocks[n][0]);
	return NULL;
}

static void keeps(void)
{
	struct hak_slab *a = lend(CLASS, 0), *b = lend(CLASS, 1);

	unit_expect(empty(0, false) == a);
	unit_expect(!a->queued && !empty(1, false));
	unit_expect(owner.slabs[CLASS].next == &b->link);
	unit_expect(bring_back(a) == 1);
	unit_result("of the idle slabs of a class the last one stays");

	hak_owner_set_keeps(&owner, CLASS, false);
	unit_need(hak_slab_draw(b, blocks[1], 1) == 1);
	unit_expect(put(blocks[1][0]) == b && bring_back(b) == 1);
	hak_owner_set_keeps(&owner, CLASS, true);
	lend(SINGLE, 0);
	unit_expect(!put(blocks[0][0]));
	unit_expect(bring_back(hak_owner_tidy(&owner, SINGLE)) == 1);
	unit_expect(all_gone());
	unit_result("and goes if the owner does not keep the class's last");
}

/* Two slabs of the class that the queue will bring, each idle then. */
static void fill_queue(void)
{
	lend(CLASS, 0);
	lend(CLASS, 1);
	unit_expect(!hak_owner_tidy(&owner, CLASS));
	empty(0, true);
	empty(1, true);
	unit_expect(hak_owner_has_mail(&owner));
}

static void drains(void)
{
	static const struct {
		enum hak_drain why;
		unsigned int gone;
		bool queues_again;
	} all[] = {
		{ HAK_DRAIN_TO_DRAW, 1, false },
		{ HAK_DRAIN_TO_WAIT, 1, true },
		{ HAK_DRAIN_TO_EMPTY, 2, true },
	};
	struct hak_slab *more;
	unsigned int i, j;

	for (i = 0; i < 3; i++) {
		fill_queue();
		unit_expect(bring_back(hak_owner_drain(&owner, all[i].why)) ==
			    all[i].gone);
		unit_expect(!hak_owner_has_mail(&owner));
		bring_back(hak_owner_tidy(&owner, CLASS));
		unit_expect(all_gone());
	}
	unit_result("a drain keeps a last idle slab, or none");

	for (i = 0; i < 3; i++) {
		more = lend(CLASS, 0);
		unit_expect(!hak_owner_tidy(&owner, CLASS));
		remote_free(blocks[0][0]);
		unit_expect(!hak_owner_drain(&owner, all[i].why));
		remote_free(blocks[0][1]);
		unit_expect(hak_owner_has_mail(&owner) == all[i].queues_again);
		hak_owner_drain(&owner, HAK_DRAIN_TO_DRAW);
		hak_slab_collect(more);
		for (j = 2; j < more->blocks; j++)
			unit_expect(!put(blocks[0][j]));
		bring_back(hak_owner_tidy(&owner, CLASS));
		unit_expect(all_gone());
	}
	unit_result("a drained slab queues itself again unless the owner draws");
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(7);
	unit_open_heap();
	node = hak_nodes[0];
	hak_owner_open(&owner, hak_owner_key(), 0, &callers);
	unit_expect(hak_sizeclass[SINGLE].blocks == 1);
	finds();
	keeps();
	drains();
	return ksft_finished();
}
