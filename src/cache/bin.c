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
	CELLS_MAX = 64 << 10, /* a block of the largest class */
	CELLS_STEP = 4,	      /* times more cells for a bin that grows */
	CELLS_IDLE = 16,      /* times as many cells as needed are too many */
};

bool hak_bin_has(const struct hak_tcache *tcache, unsigned class,
		 const void *block)
{
	const hak_cell *cell = tcache->top[class];

	while (--cell > tcache->cells[class])
		if (*cell == block)
			return true;
	return false;
}

void hak_bin_broken(const struct hak_tcache *tcache, unsigned class,
		    const hak_word *block)
{
	struct hak_text detail = { 0 };
	hak_text_add(&detail, "a ");
	hak_text_add_number(&detail, hak_sizeclass[class].bytes);
	hak_text_add(&detail, "-byte block of node ");
	hak_text_add_number(&detail, tcache->node->index);
	hak_text_add(&detail, ", owner ");
	hak_text_add_number(&detail, tcache->key >> HAK_OWNER_SHIFT);
	hak_fault(*block == HAK_SPOILT ? HAK_FAULT_DOUBLE_FREE : HAK_FAULT_CORRUPTED_LIST,
		  block, &detail);
}

/* ---- Cells ------------------------------------------------------------------ */

/* The number of cells for a bin of so many blocks. */
static unsigned cells_for(unsigned blocks)
{
	unsigned cells = HAK_OWN_CELLS;

	if (!blocks)
		return 1;
	while (cells < blocks + 1)
		cells *= CELLS_STEP;
	return cells < CELLS_MAX ? cells : CELLS_MAX;
}

static hak_cell *find_cells(struct hak_tcache *tcache, unsigned class,
			    unsigned nr_cells)
{
	unsigned cells_class = hak_sizeclass_of(nr_cells * sizeof(hak_cell));
	void *block;

	if (nr_cells == 1)
		return &tcache->bottom;
	if (nr_cells == HAK_OWN_CELLS)
		return tcache->own_cells[class];
	return hak_slabs_draw(tcache, cells_class, &block, 1) ? block : NULL;
}

void hak_bin_close(struct hak_tcache *tcache, unsigned class)
{
	tcache->limit[class] = &tcache->bottom + 1;
	tcache->top[class] = &tcache->bottom + 1;
	atomic_signal_fence(memory_order_acq_rel);
}

void hak_bin_open(struct hak_tcache *tcache, unsigned class, unsigned length,
		  unsigned capacity)
{
	hak_cell *cells = tcache->cells[class];

	atomic_signal_fence(memory_order_acq_rel);
	tcache->top[class] = cells + 1 + length;
	tcache->limit[class] = cells + 1 + capacity;
}

/* Move the bin to so many other cells; false without memory. */
static bool move(struct hak_tcache *tcache, unsigned class, unsigned nr_cells)
{
	unsigned length = hak_bin_length(tcache, class);
	unsigned capacity = hak_bin_capacity(tcache, class);
	unsigned nr_old = tcache->nr_cells[class];
	hak_cell *old = tcache->cells[class];
	hak_cell *cells = find_cells(tcache, class, nr_cells);

	if (!cells)
		return false;
	hak_bin_close(tcache, class);
	memcpy(cells, old, (length + 1UL) * sizeof(*cells));
	tcache->cells[class] = cells;
	tcache->nr_cells[class] = nr_cells;
	hak_bin_open(tcache, class, length, capacity);
	if (nr_old > HAK_OWN_CELLS)
		hak_slabs_put_any(tcache, (hak_word *)old);
	return true;
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
	    !move(tcache, class, cells_for(blocks))) {
		hak_credit_discharge(tcache, more);
		return false;
	}
	tcache->limit[class] = tcache->cells[class] + 1 + blocks;
	return true;
}

/* Give up cells: all, or if only a few are needed. */
static void fit_cells(struct hak_tcache *tcache, unsigned class)
{
	unsigned length = hak_bin_length(tcache, class);
	unsigned most = hak_bin_capacity(tcache, class);
	unsigned cells = cells_for(most > length ? most : length);

	if (cells * CELLS_IDLE <= tcache->nr_cells[class])
		move(tcache, class, cells);
}

void hak_bin_shrink(struct hak_tcache *tcache, unsigned class, unsigned blocks)
{
	unsigned have = hak_bin_capacity(tcache, class);

	/* A signal handler may have made the bin smaller meanwhile. */
	if (blocks > have)
		blocks = have;
	hak_credit_discharge(tcache, blocks * hak_bin_cost(class));
	tcache->limit[class] -= blocks;
	fit_cells(tcache, class);
}
