/* SPDX-License-Identifier: MIT */
/*
 * medium.c - blocks that are rows of units within a superslab.
 *
 * Owns    node->rows: the last freed row of each remainder of lengths, as it
 *         lies. Whoever exchanges it out of there has it; no lock is needed.
 * Locks   node->lock.
 * Calls   node.h.   Called by  front/.
 */
#include "block.h"
#include "decommit.h"
#include "node.h"
#include "policy.h"
#include "window.h"

#include "bits.h"
#include "fault.h"

/* What the node keeps counts as in use, like blocks in a thread's bins. */
static void release(struct hak_node *node, void *block)
{
	unsigned units = hak_slab_of(block)->units;
	struct hak_span *fuller;

	hak_stat_add(node->stats, HAK_STAT_RUNS_IN,
		     (uint64_t)units << HAK_UNIT_SHIFT);
	hak_lock_take(&node->lock);
	fuller = hak_node_give_locked(node, block, units);
	hak_lock_drop(&node->lock);
	if (fuller)
		hak_decommit_settle(fuller);
}

/* The row of that length that was freed last, or NULL. */
static void *take_row(struct hak_node *node, unsigned units)
{
	_Atomic(void *) *row = &node->rows[units % HAK_ROWS];
	void *block;

	if (!atomic_load_explicit(row, memory_order_relaxed))
		return NULL;
	/* pairs with keep_row() */
	block = atomic_exchange_explicit(row, NULL, memory_order_acquire);
	if (block && hak_slab_of(block)->units != units) {
		release(node, block);
		return NULL;
	}
	return block;
}

/* Keeps a row that is free now; another may have to go for it. */
static void keep_row(struct hak_node *node, void *block)
{
	unsigned units = hak_slab_of(block)->units;
	/* pairs with take_row() */
	void *other = atomic_exchange_explicit(&node->rows[units % HAK_ROWS],
					       block, memory_order_acq_rel);

	if (hak_unlikely(other == block))
		hak_fault(HAK_FAULT_DOUBLE_FREE, block, NULL);
	if (other)
		release(node, other);
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
	if (taken)
		got.slab->units = (uint8_t)units;
	hak_lock_drop(&node->lock);
	if (!taken)
		return NULL;
	hak_stat_add(node->stats, HAK_STAT_RUNS_OUT,
		     (uint64_t)units << HAK_UNIT_SHIFT);
	*ret_zero = got.zero;
	return hand_out(got.address);
}

void hak_medium_free(void *block)
{
	struct hak_node *node = hak_node_of(block);

	hak_window_set(block, 1, 0);
	if (hak_policy_keeps_rows())
		keep_row(node, block);
	else
		release(node, block);
}

void hak_medium_trim(struct hak_node *node)
{
	void *block;
	unsigned i;

	for (i = 0; i < HAK_ROWS; i++) {
		/* pairs with keep_row() */
		block = atomic_exchange_explicit(&node->rows[i], NULL,
						 memory_order_acquire);
		if (block)
			release(node, block);
	}
}

size_t hak_medium_usable(const void *block)
{
	return (size_t)hak_slab_of(block)->units << HAK_UNIT_SHIFT;
}

bool hak_medium_resize(void *block, size_t bytes)
{
	struct hak_node *node = hak_node_of(block);
	struct hak_slab *slab = hak_slab_of(block);
	unsigned want = (unsigned)hak_div_up(bytes, HAK_UNIT_BYTES);
	unsigned have = slab->units;
	bool fits;

	hak_lock_take(&node->lock);
	if (want < have) {
		/* What is left keeps the superslab from being empty. */
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
	hak_stat_add(node->stats, HAK_STAT_RUNS_IN,
		     (uint64_t)have << HAK_UNIT_SHIFT);
	hak_stat_add(node->stats, HAK_STAT_RUNS_OUT,
		     (uint64_t)want << HAK_UNIT_SHIFT);
	return true;
}
