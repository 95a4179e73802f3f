/* SPDX-License-Identifier: MIT */
/*
 * spill.h - moves superslabs home whose pages came from another node, because the
 * node of the superslab was full.
 *
 * A lent superslab is checked when the next superslab is lent: by then the program
 * has touched it. Misplaced superslabs are tried once a second: by the keeper, or
 * else as long as superslabs come back to the span. With a single node nothing
 * happens.
 */
#pragma once

#include "heap/record.h"

#include <stdbool.h>

/*
 * Check superslabs that were lent and are touched by now, with a call to the kernel
 * for each. Hold no lock.
 */
void hak_spill_look(void);

/* Is any superslab of the span misplaced? */
bool hak_spill_any(const struct hak_span *span);

/*
 * Try to move some superslabs home, if the time has come. Hold no lock. Returns
 * milliseconds until the next attempt; HAK_NEVER: all superslabs are home.
 */
uint32_t hak_spill_tick(struct hak_span *span);
