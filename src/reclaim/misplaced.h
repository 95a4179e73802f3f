/* SPDX-License-Identifier: MIT */
/*
 * misplaced.h - moves superslabs to their own node, after the kernel has placed
 * the pages on another node because the own node was full.
 *
 * hakmem checks a lent superslab when the next superslab is lent, because by
 * then the program has touched the memory. hakmem tries to move misplaced
 * superslabs once a second. The keeper does this; without a keeper, threads
 * that return superslabs to the span do. With a single node nothing happens.
 */
#pragma once

#include "heap/record.h"

#include <stdbool.h>

/*
 * Check lent superslabs that the program has probably touched, with one call to
 * the kernel for each. Call this without a lock.
 */
void hak_misplaced_look(void);

/* Is any superslab of the span misplaced? */
bool hak_misplaced_any(const struct hak_span *span);

/*
 * Try to move some superslabs to their own node, if the time has come. Call
 * this without a lock. Returns the milliseconds until the next attempt;
 * HAK_NEVER if no superslab is misplaced.
 */
uint32_t hak_misplaced_tick(struct hak_span *span);
