/* SPDX-License-Identifier: MIT */
/*
 * step.h - a span's address space, mapped in steps.
 *
 * hakmem makes all settings of a step's memory once, before first use. So the
 * kernel joins neighbouring steps to one mapping.
 */
#pragma once

#include "heap/record.h"

/*
 * At start: tell the kernel the node of the span's memory, once for all steps
 * (seed.h).
 */
void hak_step_open(struct hak_span *span);

/*
 * Map addresses so that the span has `count` free superslabs in a row, at a
 * multiple of `align`. If the kernel permits, map more superslabs than needed.
 * False if the kernel refuses even this row.
 */
bool hak_step_map_locked(struct hak_span *span, uint32_t count,
			   uint32_t align) HAK_REQUIRES(span->lock);

/*
 * If there are many nonresident superslabs at the end of the span, give their
 * addresses back to the kernel, except for `most` superslabs. This happens only in
 * the span of large blocks, and not with guard or observation. In any other span
 * hakmem could perhaps not tell the kernel the node of new addresses, because a
 * filter may forbid the call.
 */
void hak_step_unmap_locked(struct hak_span *span, uint32_t most)
	HAK_REQUIRES(span->lock);

/*
 * The number of free superslabs at the end of the span, resident or not, if hakmem
 * may give their addresses back; otherwise 0.
 */
uint32_t hak_step_loose_locked(const struct hak_span *span)
	HAK_REQUIRES(span->lock);

/*
 * Populate the start of a new step, if the options ask for prewarming. Call
 * this without the span's lock, because populating takes long. A thread that
 * lends for slabs still holds the node's lock, so other threads may wait. Some
 * of the superslabs may be lent already.
 */
void hak_step_prewarm(const struct hak_span *span, uint32_t first,
		      uint32_t count);

/* Does the superslab with this index in a span have small pages? */
bool hak_step_small(uint32_t index);

/*
 * The index of the first superslab with huge pages, if the superslabs before
 * have small pages. The kernel's mapping ends there. 0 if all superslabs of a
 * span have the same pages.
 */
uint32_t hak_step_border(void);

/*
 * Mapped pages beside the superslabs of the last span, with the same settings
 * as the superslabs. These pages are in no block, so no program changes the
 * settings: see leftover.c.
 */
enum { HAK_EDGE_PAGES = 2 };

/*
 * Populate the slab records of a superslab. If the blocks have huge pages, the
 * page faults of the records would take most of the time for a new superslab.
 */
void hak_step_open_slabs(const struct hak_span *span, uint32_t index);

/*
 * Tell the kernel about superslabs mapped anew: the node, small pages at the
 * span's start, and huge pages from there on.
 */
void hak_step_advise(struct hak_span *span, uint32_t first, uint32_t count);
