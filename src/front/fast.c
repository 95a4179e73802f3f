/* SPDX-License-Identifier: MIT */
/*
 * fast.c - the bounds of the fast path of malloc and free.
 *
 * Owns    the two bounds: init.c sets them, every fast path reads them.
 */
#include "front/malloc.h"

uint64_t hak_fast_bytes HAK_HOT HAK_ALIGNED(2 * HAK_CACHE_LINE);
uint64_t hak_fast_chunks HAK_HOT;
