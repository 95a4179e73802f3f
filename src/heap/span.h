/* SPDX-License-Identifier: MIT */
/*
 * span.h - a node's addresses: superslabs lent and taken back.
 *
 * The record of a span is in record.h.
 */
#pragma once

#include "heap/record.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Initialise a span. `base`, `limit` and `node` are already set, and the rest
 * is zero.
 */
void hak_span_init(struct hak_span *span, char *records, size_t record_bytes);

/*
 * Lend `count` superslabs in a row, at a multiple of `align` superslabs (a power of
 * two). The superslabs become LIVE. False if there is no room; if decommitting
 * empty resident superslabs would make room, the function sets `joinable`.
 */
bool hak_span_lend(struct hak_span *span, uint32_t count, uint32_t align,
		   struct hak_run *ret_run);

/*
 * Also lend the `more` superslabs right behind `run`. If not all of them are
 * free, lend none and return false.
 */
bool hak_span_extend(struct hak_run *run, uint32_t more);

/*
 * In a fork child, if a thread of the parent was changing the span's records:
 * rebuild the records from the superslabs' states. LIVE superslabs stay as they
 * are, INFLIGHT superslabs become EMPTY. Call on the child's only thread, after
 * hak_lock_was_lost().
 */
void hak_span_rebuild(struct hak_span *span);

/*
 * Return LIVE superslabs, and leave a note that the span has to be settled. Makes
 * no system call, because the caller may hold locks.
 */
void hak_span_return(const struct hak_run *run);

/*
 * Return superslabs whose pages were moved away, or whose mapping a program has
 * changed. The function maps the superslabs anew, so the memory reads as zero.
 */
void hak_span_return_moved(const struct hak_run *run);

/*
 * May the kernel have put lent memory on another node than the span's node, and may
 * hakmem move the memory to the span's node?
 */
bool hak_span_may_stray(const struct hak_span *span);

/* Record whether a lent superslab has pages on another node than the span's node. */
void hak_span_set_misplaced(struct hak_span *span, uint32_t superslab,
			  bool misplaced);

/*
 * hak_span_add_unseen() records a run that was lent or changed, so that a thread
 * checks later on which node the pages lie. When the next run is recorded, the
 * program has probably touched the pages of the run before. hak_span_take_unseen()
 * takes the oldest run for a check; false if there is no run to check yet.
 */
void hak_span_add_unseen(const struct hak_run *run);
bool hak_span_take_unseen(struct hak_span *span,
			  struct hak_unseen *ret_unseen);
