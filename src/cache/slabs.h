/* SPDX-License-Identifier: MIT */
/*
 * slabs.h - moves blocks between a tcache and slabs.
 *
 * The caller is at work in the tcache, or is the keeper with a claim: see claim.h.
 */
#pragma once

#include "cache/tcache.h"

/*
 * Draw up to `most` blocks of the class: from the tcache's slabs, from slabs that the
 * node lends, or from the node's shared slabs. Returns the number of blocks, 0 without
 * memory.
 */
unsigned hak_slabs_draw(struct hak_tcache *tcache, unsigned class,
			void **ret_blocks, unsigned most);

/*
 * Put freed blocks into their slabs. Afterwards the caller calls
 * hak_slabs_keep_bounds(). hak_slabs_put_all() puts `nr` blocks that were in the bin of
 * the class, and returns the number put. If the number is less than `nr`, the next
 * block does not have the mark HAK_FREED. hak_slabs_put() puts a block that was in no
 * bin into a slab of the tcache; hak_slabs_put_any() puts the block into a slab of any
 * owner.
 */
unsigned hak_slabs_put_all(struct hak_tcache *tcache, unsigned class,
			   const hak_cell *blocks, unsigned nr);
void hak_slabs_put(struct hak_tcache *tcache, hak_word *block);
void hak_slabs_put_any(struct hak_tcache *tcache, hak_word *block);

/*
 * If the tcache has more idle slabs than its limit, return the slabs that have been
 * idle for longest. Publish the tcache's counts if they are large.
 */
void hak_slabs_keep_bounds(struct hak_tcache *tcache);

/* Drain the owner's queue, return all idle slabs, and publish the counts. */
void hak_slabs_drain(struct hak_tcache *tcache);

/*
 * Tidy: collect for all slabs, return all idle slabs, and publish the counts. Also let
 * the tcache keep no more idle slabs than a new tcache.
 */
void hak_slabs_tidy(struct hak_tcache *tcache);

/* Publish: add the tcache's counts to the node's statistics. */
void hak_slabs_publish(struct hak_tcache *tcache);
