/* SPDX-License-Identifier: MIT */
/*
 * misplaced.h - moves superslabs to the span's node, after the kernel has placed
 * the pages on another node because the span's node was full.
 *
 * hakmem checks a lent superslab when the next superslab is lent, because by then
 * the program has touched the memory. hakmem tries to move misplaced superslabs
 * once a second. The keeper moves the superslabs; without a keeper, a thread that
 * returns superslabs to the span. With a single node nothing happens.
 */
#pragma once

#include "heap/record.h"

#include <stdbool.h>

/*
 * Check on which node lent superslabs lie, if the program has probably touched
 * them. This takes a call to the kernel for each superslab. Hold no lock.
 */
void hak_misplaced_look(void);

/* Is any superslab of the span misplaced? */
bool hak_misplaced_any(const struct hak_span *span);

/*
 * Try to move some misplaced superslabs of the span, but only once a second. Hold
 * no lock. Returns the milliseconds until the next attempt; HAK_NEVER if no
 * superslab is misplaced.
 */
uint32_t hak_misplaced_tick(struct hak_span *span);
