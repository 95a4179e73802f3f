/* SPDX-License-Identifier: MIT */
/*
 * run.h - a span's free superslabs as runs, binned by length.
 *
 * Locks   span->lock for all functions.
 */
#pragma once

#include "heap/record.h"

/* The kind of a free superslab. */
enum hak_run_kind hak_run_kind_of(const struct hak_superslab *superslab);

/* Add free superslabs, and join neighbours of the same kind. */
void hak_run_add_locked(struct hak_span *span, uint32_t first, uint32_t count)
	HAK_REQUIRES(span->lock);

/* Take superslabs out of the free run that begins with the superslab `head`. */
void hak_run_cut_locked(struct hak_span *span, uint32_t head, uint32_t first,
			uint32_t count) HAK_REQUIRES(span->lock);

/*
 * Find `count` superslabs of a kind in a row at a multiple of `align` (a power of
 * two). Returns the first superslab of the run that contains the row, or
 * HAK_NO_RUN.
 */
uint32_t hak_run_find_locked(const struct hak_span *span,
			     enum hak_run_kind kind, uint32_t count,
			     uint32_t align, uint32_t *ret_first)
	HAK_REQUIRES(span->lock);

/*
 * Are there `count` free superslabs in a row at a multiple of `align`, if
 * superslabs of different kinds may be in the row? If so, decommitting the warm
 * superslabs may make a run of this length.
 */
bool hak_run_joined_locked(const struct hak_span *span, uint32_t count,
			   uint32_t align) HAK_REQUIRES(span->lock);

/*
 * The first superslab of a run of a kind, or HAK_NO_RUN. No other run of this kind
 * is twice as long.
 */
uint32_t hak_run_longest_locked(const struct hak_span *span,
				enum hak_run_kind kind)
	HAK_REQUIRES(span->lock);
