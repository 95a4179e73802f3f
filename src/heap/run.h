/* SPDX-License-Identifier: MIT */
/*
 * run.h - a span's free superslabs as runs, binned by length.
 *
 * Locks   span->lock for all of them.
 */
#pragma once

#include "heap/span.h"

/* Of a free superslab. */
enum hak_run_kind hak_run_kind_of(const struct hak_superslab *superslab);

/* Adds free superslabs, and joins them to neighbours of their kind. */
void hak_run_add_locked(struct hak_span *span, uint32_t first, uint32_t count);

/* Takes superslabs out of the free run that begins at `head`. */
void hak_run_cut_locked(struct hak_span *span, uint32_t head, uint32_t first,
			uint32_t count);

/*
 * Finds `count` in a row at a multiple of `align` (a power of two). Returns
 * where the run begins that has them, or HAK_NO_RUN.
 */
uint32_t hak_run_find_locked(const struct hak_span *span,
			     enum hak_run_kind kind, uint32_t count,
			     uint32_t align, uint32_t *ret_first);

/*
 * Are there as many in a row, at a multiple of `align`, if what is warm were cold
 * as well?
 */
bool hak_run_joined_locked(const struct hak_span *span, uint32_t count,
			   uint32_t align);

/* Where a longest run of a kind begins, or HAK_NO_RUN. */
uint32_t hak_run_longest_locked(const struct hak_span *span,
				enum hak_run_kind kind);
