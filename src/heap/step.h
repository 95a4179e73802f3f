/* SPDX-License-Identifier: MIT */
/*
 * step.h - a span's address space, claimed in steps.
 *
 * The library makes all settings of memory once for a step, before first use, so
 * that neighbouring steps are a single mapping.
 */
#pragma once

#include "heap/record.h"

/*
 * At start: tell the kernel the node of the span's memory, once for all steps
 * (seed.h).
 */
void hak_step_open(struct hak_span *span);

/*
 * Claim enough for `count` superslabs in a row at a multiple of `align`. Claim
 * more if the kernel permits, otherwise only this row. False if the kernel
 * refuses the row too.
 */
bool hak_step_claim_locked(struct hak_span *span, uint32_t count,
			   uint32_t align) HAK_REQUIRES(span->lock);

/*
 * If there are many nonresident superslabs at the end, give their addresses
 * back: `most` superslabs stay. Only for the span of large blocks, and not with guard
 * or observation. For any other span the library may be able to tell the kernel
 * the node only once.
 */
void hak_step_unclaim_locked(struct hak_span *span, uint32_t most)
	HAK_REQUIRES(span->lock);

/*
 * The number of free superslabs at the end, resident or not, if their
 * addresses may be given back; otherwise 0.
 */
uint32_t hak_step_loose_locked(const struct hak_span *span)
	HAK_REQUIRES(span->lock);

/*
 * Populate the start of a new step, if the options ask for prewarming. Call
 * without the span's lock, as populating takes long. But a thread lending for
 * slabs holds the node's lock, so other threads may wait. Some of the memory may
 * be lent already.
 */
void hak_step_prewarm(const struct hak_span *span, uint32_t first,
		      uint32_t count);

/* Does the superslab with this index in a span have small pages? */
bool hak_step_small(uint32_t index);

/*
 * The first superslab with huge pages, if there are superslabs with small pages
 * before: the kernel's mapping ends there. 0 if all superslabs of a span are
 * alike.
 */
uint32_t hak_step_border(void);

/*
 * Mapped pages beside the last span's superslabs, with the settings of the
 * neighbours. No block ever has these pages, so the settings never change: see
 * leftover.c.
 */
enum { HAK_EDGE_PAGES = 2 };

/*
 * Populate a superslab's slab records. With huge pages for blocks, the page
 * faults of the records would be most of the cost of a new superslab.
 */
void hak_step_open_slabs(const struct hak_span *span, uint32_t index);

/*
 * Tell the kernel about superslabs mapped anew: the node, small pages at the
 * span's start, and huge pages from there on.
 */
void hak_step_advise(struct hak_span *span, uint32_t first, uint32_t count);
