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

/* Initialise a span with `base`, `limit` and `node` already set, the rest zero. */
void hak_span_init(struct hak_span *span, char *records, size_t record_bytes);

/*
 * Take `count` superslabs in a row at a multiple of `align` superslabs (a power
 * of two); the superslabs become LIVE. False if there is no room. If
 * decommitting warm superslabs would make room, the span is `joinable` then.
 */
bool hak_span_lend(struct hak_span *span, uint32_t count, uint32_t align,
		   struct hak_run *ret_run);

/* Also take the superslabs right behind `run`, if free: all or nothing. */
bool hak_span_extend(struct hak_run *run, uint32_t more);

/*
 * In a fork child, if a thread of the parent was changing the span's records:
 * rebuild the records from the superslabs' states. LIVE superslabs stay as they
 * are, INFLIGHT superslabs become EMPTY. Call on the child's only thread, after
 * hak_lock_was_lost().
 */
void hak_span_rebuild(struct hak_span *span);

/*
 * Return LIVE superslabs, and note that the span has to be settled. Makes no
 * system call, so that the caller may hold locks.
 */
void hak_span_return(const struct hak_run *run);

/*
 * Return superslabs after a move of the pages or a change of the mapping, and
 * map the superslabs anew. The memory reads as zero at once.
 */
void hak_span_return_moved(const struct hak_run *run);

/*
 * May the kernel have put lent memory on another node, and may the library move
 * the memory home?
 */
bool hak_span_may_stray(const struct hak_span *span);

/* Note that a lent superslab has pages on another node, or no longer. */
void hak_span_set_spilled(struct hak_span *span, uint32_t superslab,
			  bool spilled);

/*
 * Note a lent or changed run. By the time of the next run the program has
 * touched the pages, and the run can be checked: take the oldest run. False if
 * the time has not come.
 */
void hak_span_add_unseen(const struct hak_run *run);
bool hak_span_take_unseen(struct hak_span *span,
			  struct hak_unseen *ret_unseen);
