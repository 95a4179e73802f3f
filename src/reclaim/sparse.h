/* SPDX-License-Identifier: MIT */
/*
 * sparse.h - LIVE superslabs that are free for the most part.
 *
 * When memory is short their free units go to the kernel, at the price of the
 * huge page. One that is dense again gets it back, some seconds after memory
 * was short. Both are the keeper's, one at a time.
 */
#pragma once

#include "os/give.h"

#include <stdbool.h>
#include <stdint.h>

/* Gives what is free by this rung. Returns how many became empty meanwhile. */
unsigned hak_sparse_give(enum hak_rung rung);

/* Would enough be given for somebody to wait until memory is short? */
bool hak_sparse_worth(void);

/*
 * Puts a few together again, if it is time; `filtered`: no call that is new to
 * the process. Returns the milliseconds until there may be more to do; HAK_NEVER:
 * whenever the keeper has other reasons to look.
 */
uint32_t hak_sparse_mend(bool filtered);

/* In a fork child: what was in hand is free, and as it was. */
void hak_sparse_after_fork(void);
