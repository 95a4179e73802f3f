/* SPDX-License-Identifier: MIT */
/*
 * medium.c - blocks that are rows of units within a superslab.
 *
 * Locks   node->lock.
 * Calls   node.h.   Called by  front/.
 */
#include "block.h"
#include "node.h"
#include "window.h"

#include "bits.h"

void *hak_medium_alloc(struct hak_node *node, size_t bytes, size_t align,
		       bool *ret_zero)
{
	unsigned units = (unsigned)hak_div_up(bytes, HAK_UNIT_BYTES);
	unsigned step = align > HAK_UNIT_BYTES ?
				(unsigned)(align / HAK_UNIT_BYTES) : 1;
	struct hak_units got;
	bool taken;

	hak_lock_take(&node->lock);
	taken = hak_node_take_locked(node, units, step, &got);
	if (taken)
		got.slab->units = (uint8_t)units;
	hak_lock_drop(&node->lock);
	if (!taken)
		return NULL;
	hak_window_set(got.address, 1, hak_entry(0, HAK_CLASS_MEDIUM));
	hak_stat_add(node->stats, HAK_STAT_RUNS_OUT,
		     (uint64_t)units << HAK_UNIT_SHIFT);
	*ret_zero = got.zero;
	return got.address;
}

void hak_medium_free(void *block)
{
	struct hak_node *node = hak_node_of(block);
	unsigned units = hak_slab_of(block)->units;
	struct hak_span *fuller;

	hak_lock_take(&node->lock);
	fuller = hak_node_give_locked(node, block, units);
	hak_lock_drop(&node->lock);
	hak_stat_add(node->stats, HAK_STAT_RUNS_IN,
		     (uint64_t)units << HAK_UNIT_SHIFT);
	if (fuller)
		hak_span_settle(fuller);
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
