/* SPDX-License-Identifier: MIT */
/*
 * choice.h - which superslabs are observed next.
 *
 * To observe a superslab means to write-protect it and to measure the time until
 * the first write. The keeper observes a row of superslabs at a time, span after
 * span. If few superslabs are lent, a row has only a quarter of them.
 */
#pragma once

#include "heap/record.h"

#include <stdbool.h>

enum { HAK_CHOICE_MAX = 64 }; /* most superslabs in a row */

/*
 * Choose the next row to observe: the search begins behind the last row.
 * hak_choice_may_watch() is true for the first superslab of the row, perhaps not for
 * the others. False if there is no such superslab in any span.
 */
bool hak_choice_next(struct hak_run *ret_row);

/*
 * May the superslab be write-protected? Only if it is LIVE, and not part of a large
 * block whose page tables realloc may move: such a move needs a single mapping, and
 * write protection would split the mapping. The caller has span->lock. But a thread
 * that has just got the superslab may be writing the superslab's record without the
 * lock. The worst result is a wrong sample.
 */
bool hak_choice_may_watch(const struct hak_span *span, uint32_t superslab);
