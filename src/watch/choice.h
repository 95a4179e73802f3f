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
 * Choose the next row, from the end of the last row on; the first superslab of the
 * row may be watched. False: there is none.
 */
bool hak_choice_next(struct hak_run *ret_row);

/*
 * LIVE, and not part of a block so large that realloc moves the page tables: the
 * move needs a single mapping. A thread may have just got the superslab, and be
 * writing the record: at worst a sample is spoilt.
 */
bool hak_choice_may_watch(const struct hak_span *span, uint32_t superslab);
