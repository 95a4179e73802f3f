/* SPDX-License-Identifier: MIT */
/*
 * fast.c - the bounds within which malloc and free take the fast path.
 *
 * Owns    the two bounds, which init.c sets and every fast path reads.
 */
#include "front/front.h"

uint64_t hak_fast_bytes HAK_HOT HAK_ALIGNED(2 * HAK_CACHE_LINE);
uint64_t hak_fast_chunks HAK_HOT;
