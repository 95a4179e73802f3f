/* SPDX-License-Identifier: MIT */
/*
 * choice.h - which superslabs are observed next.
 *
 * The keeper observes a row of superslabs at a time, span after span. If few
 * superslabs are lent, the rows are short, so that four rows cover all superslabs.
 */
#pragma once

#include "heap/record.h"

#include <stdbool.h>

enum { HAK_CHOICE_MAX = 64 }; /* most superslabs in a row */

/*
 * Choose the next row: the search begins at the end of the last row. The first
 * superslab of the row may be watched. False if there is no such row.
 */
bool hak_choice_next(struct hak_run *ret_row);

/*
 * Is the superslab LIVE, and not part of a large block whose page tables
 * realloc may move? Such a move needs a single mapping. Meanwhile another
 * thread may get the superslab and write the record. The worst result is a
 * spoilt sample.
 */
bool hak_choice_may_watch(const struct hak_span *span, uint32_t superslab);
