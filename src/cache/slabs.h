/* SPDX-License-Identifier: MIT */
/*
 * slabs.h - blocks between a tcache and the tcache's own slabs.
 *
 * The caller works in the tcache: see claim.h.
 */
#pragma once

#include "cache/tcache.h"

/*
 * Draw up to `most` blocks of the class from own slabs, from the node, or from
 * the node's shared slabs. Returns the number of blocks, 0 without memory.
 */
unsigned hak_slabs_draw(struct hak_tcache *tcache, unsigned class,
			void **ret_blocks, unsigned most);

/*
 * Put freed blocks into the slabs, and afterwards call hak_slabs_keep_bounds().
 * hak_slabs_put_all() puts blocks of the class that were in the bin, and returns the
 * number: less than `nr` if the program has written to the next block.
 * hak_slabs_put() puts a block that was in no bin, and is in a slab of the thread;
 * hak_slabs_put_any() the same of any slab.
 */
unsigned hak_slabs_put_all(struct hak_tcache *tcache, unsigned class,
			   const hak_cell *blocks, unsigned nr);
void hak_slabs_put(struct hak_tcache *tcache, hak_word *block);
void hak_slabs_put_any(struct hak_tcache *tcache, hak_word *block);

/*
 * Return the slabs idle for longest to the node, if the thread has too many idle
 * slabs. Publish, if much is unpublished.
 */
void hak_slabs_keep_bounds(struct hak_tcache *tcache);

/* Collect remote frees on the queue, return all idle slabs, and publish. */
void hak_slabs_drain(struct hak_tcache *tcache);

/* The same, and collect the remote frees of all slabs. */
void hak_slabs_tidy(struct hak_tcache *tcache);

/* Publish: add the thread's counts to the node's statistics. */
void hak_slabs_publish(struct hak_tcache *tcache);
