/* SPDX-License-Identifier: MIT */
/*
 * step.h - a span's address space, claimed in steps.
 *
 * What the kernel is told of memory it is told once for a step, before its
 * first use: neighbouring steps are one mapping.
 */
#pragma once

#include "heap/span.h"

/*
 * At start: what the kernel is to be told of a span's node is told, once for all
 * (seed.h).
 */
void hak_step_open(struct hak_span *span);

/*
 * Claims enough for `count` superslabs in a row at a multiple of `align`: more
 * than that if the kernel lets us, just that if not. False if not even that.
 */
bool hak_step_claim_locked(struct hak_span *span, uint32_t count,
			   uint32_t align);

/*
 * Gives the addresses of cold superslabs at the end back, as far as there are many
 * of them: `most` stay. Those of large blocks, unless they are guarded or observed;
 * a node's heap may have been told once where it lies.
 */
void hak_step_unclaim_locked(struct hak_span *span, uint32_t most);

/* How many are free at the end, warm or cold, whose addresses may go; 0: none may. */
uint32_t hak_step_loose_locked(const struct hak_span *span);

/*
 * Populates the start of what was claimed, where that is asked for. Not under
 * the span's lock, as it takes long; but who lends for slabs holds the node's,
 * so other threads may wait. Memory that is lent already may be populated.
 */
void hak_step_prewarm(const struct hak_span *span, uint32_t first,
		      uint32_t count);

/* Has a span's superslab with this index small pages? */
bool hak_step_small(uint32_t index);

/*
 * The first superslab that has not small pages, where those before it have:
 * the kernel's mapping ends there; 0 where all of a span's are alike.
 */
uint32_t hak_step_border(void);

/*
 * Pages beside the last span's superslabs, mapped as those next to them. No block
 * ever has them, so they are as they were: see leftover.c.
 */
enum { HAK_EDGE_PAGES = 2 };

/*
 * Populates a superslab's slab records: with huge pages below, the faults of
 * its records would be most of what a new superslab costs.
 */
void hak_step_open_slabs(const struct hak_span *span, uint32_t index);

/*
 * What the kernel is to know of superslabs that are mapped anew: their node;
 * small pages at the span's start, and huge ones from there on.
 */
void hak_step_advise(struct hak_span *span, uint32_t first, uint32_t count);
