/* SPDX-License-Identifier: MIT */
/*
 * bin.c - the cells and the capacity of bins.
 *
 * Owns    the cells of the bins.
 * Locks   none: see tcache.c.
 * Calls   slabs.h, credit.h.
 */
#include "cache/bin.h"

#include "cache/credit.h"
#include "cache/slabs.h"
#include "base/atomic.h"
#include "base/fault.h"

#include <string.h>

enum {
	CELLS_MAX = 64 << 10, /* cells that fill a block of the largest size class */
	CELLS_STEP = 2,	      /* a bin that needs more cells gets twice as many */
};

bool hak_bin_has(const struct hak_tcache *tcache, unsigned class,
		 const void *block)
{
	const hak_cell *cell = tcache->top[class];

	while (*--cell != &tcache->nil)
		if (*cell == block)
			return true;
	return false;
}

void hak_bin_broken(const struct hak_tcache *tcache, unsigned class,
		    const hak_word *block)
{
	bool twice = *block == HAK_SPOILT || *block == HAK_SENT_HOME;
	struct hak_text detail = { 0 };

	hak_text_add(&detail, "a ");
	hak_text_add_number(&detail, hak_sizeclass[class].bytes);
	hak_text_add(&detail, "-byte block of node ");
	hak_text_add_number(&detail, tcache->node->index);
	hak_text_add(&detail, ", owner ");
	hak_text_add_number(&detail, tcache->key >> HAK_OWNER_SHIFT);
	hak_fault(twice ? HAK_FAULT_DOUBLE_FREE : HAK_FAULT_CORRUPTED_LIST,
		  block, &detail);
}

/* ---- Cells ------------------------------------------------------------------ */

unsigned hak_bin_close(struct hak_tcache *tcache, unsigned class)
{
	hak_cell *closed = &tcache->bottom + 1;
	hak_cell *top;

	/* Set `limit` before `top`: a signal handler must not push above `bottom`. */
	tcache->limit[class] = NULL;
	atomic_signal_fence(memory_order_acq_rel);
	/* One instruction reads and sets `top`: no signal handler pops in between. */
	top = __atomic_exchange_n(&tcache->top[class], closed, __ATOMIC_RELAXED);
	atomic_signal_fence(memory_order_acq_rel);
	return top == closed ? 0 : (unsigned)(top - tcache->cells[class]) - 1;
}

void hak_bin_open(struct hak_tcache *tcache, unsigned class, unsigned length,
		  unsigned capacity)
{
	hak_cell *cells = tcache->cells[class];

	atomic_signal_fence(memory_order_acq_rel);
	tcache->top[class] = cells + 1 + length;
	atomic_signal_fence(memory_order_acq_rel);
	tcache->limit[class] = cells + 1 + capacity;
}

/* Copy the bin to `cells`, and free the block that had the old cells, if any. */
static void move(struct hak_tcache *tcache, unsigned class, hak_cell *cells,
		 unsigned nr_cells)
{
	unsigned capacity = hak_bin_capacity(tcache, class);
	unsigned length = hak_bin_close(tcache, class);
	hak_cell *old = tcache->cells[class];

	/* Not a copy: a second free of the block with the old cells spoils the lowest. */
	cells[0] = &tcache->nil;
	memcpy(cells + 1, old + 1, length * sizeof(*cells));
	tcache->cells[class] = cells;
	tcache->nr_cells[class] = nr_cells;
	hak_bin_open(tcache, class, length, capacity);
	if (old != tcache->own_cells[class] && old != &tcache->bottom)
		hak_slabs_put_any(tcache, (hak_word *)old);
}

/*
 * Move the bin to cells for `blocks` blocks, more than the bin has cells for. False
 * without memory.
 */
static bool find_cells(struct hak_tcache *tcache, unsigned class,
		       unsigned blocks)
{
	unsigned nr_cells = HAK_OWN_CELLS;
	void *cells = tcache->own_cells[class];

	while (nr_cells < blocks + 1 && nr_cells < CELLS_MAX)
		nr_cells *= CELLS_STEP;
	if (nr_cells > HAK_OWN_CELLS &&
	    !hak_slabs_draw(tcache,
			    hak_sizeclass_of(nr_cells * sizeof(hak_cell)),
			    &cells, 1))
		return false;
	move(tcache, class, cells, nr_cells);
	return true;
}

/*
 * If the bin now needs few cells, move the bin to the cells in the tcache's record. If
 * the bin needs none, move the bin to `bottom`.
 */
static void fit_cells(struct hak_tcache *tcache, unsigned class)
{
	unsigned length = hak_bin_length(tcache, class);
	unsigned most = hak_bin_capacity(tcache, class);

	most = most > length ? most : length;
	if (!most && tcache->nr_cells[class] > 1)
		move(tcache, class, &tcache->bottom, 1);
	else if (tcache->nr_cells[class] > HAK_OWN_CELLS &&
		 most < HAK_OWN_CELLS)
		move(tcache, class, tcache->own_cells[class], HAK_OWN_CELLS);
}

void hak_bin_reset(struct hak_tcache *tcache, unsigned class)
{
	hak_bin_close(tcache, class);
	tcache->cells[class] = &tcache->bottom;
	tcache->nr_cells[class] = 1;
}

/* ---- Capacity --------------------------------------------------------------- */

bool hak_bin_grow(struct hak_tcache *tcache, unsigned class, unsigned blocks)
{
	unsigned have = hak_bin_capacity(tcache, class);
	uint32_t more = (blocks - have) * hak_bin_cost(class);

	if (blocks <= have)
		return true;
	if (!hak_credit_charge(tcache, more))
		return false;
	if (blocks >= tcache->nr_cells[class] &&
	    !find_cells(tcache, class, blocks)) {
		hak_credit_discharge(tcache, more);
		return false;
	}
	tcache->limit[class] = tcache->cells[class] + 1 + blocks;
	return true;
}

void hak_bin_shrink(struct hak_tcache *tcache, unsigned class, unsigned blocks)
{
	unsigned have = hak_bin_capacity(tcache, class);

	if (blocks > have)
		blocks = have;
	hak_credit_discharge(tcache, blocks * hak_bin_cost(class));
	tcache->limit[class] -= blocks;
	fit_cells(tcache, class);
}
