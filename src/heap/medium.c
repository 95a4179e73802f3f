/* SPDX-License-Identifier: MIT */
/*
 * medium.c - blocks that are rows of units within a superslab.
 *
 * Owns    node->rows: freed rows kept for reuse, one for each length modulo
 *         HAK_ROWS. A thread takes a row by an atomic exchange, without a lock.
 * Locks   node->lock.
 * Calls   node.h.
 */
#include "heap/block.h"
#include "heap/node.h"
#include "heap/policy.h"
#include "heap/warm.h"
#include "heap/window.h"
#include "base/atomic.h"
#include "base/bits.h"
#include "base/fault.h"

/*
 * Count in the statistics of the block's span, because the block may have
 * another node when it is freed.
 */
static void count(void *block, enum hak_stat stat, unsigned units)
{
	hak_stat_add(&hak_window_span(block)->stats, stat,
		     (uint64_t)units << HAK_UNIT_SHIFT);
}

/*
 * Return the units of a freed block to the superslab. Until then, a row that the
 * node keeps for reuse counts as in use, like the blocks in a thread's bins.
 */
static void release(void *block)
{
	unsigned units = hak_slab_of(block)->units;
	struct hak_node *node = hak_node_lock_of(block);

	hak_lock_adopt(&node->lock);
	count(block, HAK_STAT_RUNS_IN, units);
	hak_node_give_locked(node, block, units);
	hak_lock_drop(&node->lock);
}

/*
 * Take the kept row for this number of units. NULL if there is none, or if the
 * row has another length.
 */
static void *take_row(struct hak_node *node, unsigned units)
{
	_Atomic(void *) *row = &node->rows[units % HAK_ROWS];
	void *block;

	if (!hak_read_once(row))
		return NULL;
	/* pairs with keep_row() */
	block = hak_exchange_acquire(row, NULL);
	if (block && hak_slab_of(block)->units != units) {
		release(block);
		return NULL;
	}
	return block;
}

/* Keep a row that was just freed, in place of another kept row. */
static void keep_row(struct hak_node *node, void *block)
{
	unsigned units = hak_slab_of(block)->units;
	/* pairs with take_row() */
	void *other =
		hak_exchange_acq_rel(&node->rows[units % HAK_ROWS], block);

	if (hak_unlikely(other == block))
		hak_fault(HAK_FAULT_DOUBLE_FREE, block, NULL);
	if (other)
		release(other);
}

static void *hand_out(void *block)
{
	hak_window_set(block, 1, hak_entry(0, HAK_CLASS_MEDIUM));
	return block;
}

void *hak_medium_alloc(struct hak_node *node, size_t bytes, size_t align,
		       bool *ret_zero)
{
	unsigned units = (unsigned)hak_div_up(bytes, HAK_UNIT_BYTES);
	unsigned step = align > HAK_UNIT_BYTES ?
				(unsigned)(align / HAK_UNIT_BYTES) : 1;
	struct hak_units got;
	void *row = step == 1 ? take_row(node, units) : NULL;
	bool taken;

	*ret_zero = false;
	if (row)
		return hand_out(row);
	hak_lock_take(&node->lock);
	taken = hak_node_take_locked(node, units, step, &got);
	if (taken) {
		got.slab->units = (uint8_t)units;
		got.slab->class = HAK_CLASS_MEDIUM;
	}
	hak_lock_drop(&node->lock);
	if (!taken)
		return NULL;
	count(got.address, HAK_STAT_RUNS_OUT, units);
	*ret_zero = got.zero;
	return hand_out(got.address);
}

void hak_medium_free(void *block)
{
	hak_window_set(block, 1, 0);
	if (hak_policy_keeps_rows(hak_warm_limit()))
		keep_row(hak_node_of(block), block);
	else
		release(block);
}

void hak_medium_trim(struct hak_node *node)
{
	void *block;
	unsigned i;

	for (i = 0; i < HAK_ROWS; i++) {
		/* pairs with keep_row() */
		block = hak_exchange_acquire(&node->rows[i], NULL);
		if (block)
			release(block);
	}
}

size_t hak_medium_usable(const void *block)
{
	return (size_t)hak_slab_of(block)->units << HAK_UNIT_SHIFT;
}

bool hak_medium_resize(void *block, size_t bytes)
{
	struct hak_node *node = hak_node_lock_of(block);
	struct hak_slab *slab = hak_slab_of(block);
	unsigned want = (unsigned)hak_div_up(bytes, HAK_UNIT_BYTES);
	unsigned have = slab->units;
	bool fits;

	hak_lock_adopt(&node->lock);
	if (want < have) {
		/*
		 * hak_node_give_locked() does not return the superslab to the span,
		 * because the block keeps some units.
		 */
		hak_node_give_locked(node,
				     (char *)block +
					     ((size_t)want << HAK_UNIT_SHIFT),
				     have - want);
		fits = true;
	} else {
		fits = want == have ||
		       hak_node_extend_locked(node, block, have, want - have);
	}
	if (fits)
		slab->units = (uint8_t)want;
	hak_lock_drop(&node->lock);
	if (!fits)
		return false;
	count(block, HAK_STAT_RUNS_IN, have);
	count(block, HAK_STAT_RUNS_OUT, want);
	return true;
}
