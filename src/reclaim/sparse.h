/* SPDX-License-Identifier: MIT */
/*
 * sparse.h - LIVE superslabs that are mostly free.
 *
 * When memory is short, the free units go to the kernel, at the price of the huge
 * page. Some seconds after the shortage, a superslab that is dense again gets a
 * huge page back. The keeper does both, one after the other.
 */
#pragma once

#include "os/give.h"

#include <stdbool.h>
#include <stdint.h>

/* Give free units by the method. Returns how many superslabs became empty. */
unsigned hak_sparse_give(enum hak_method method);

/* Would sparse superslabs give enough to justify waiting for a shortage? */
bool hak_sparse_worth(void);

/*
 * Collapse a few superslabs, if the time has come. If `filtered`, make no new
 * calls. Returns milliseconds until there may be more work; HAK_NEVER: call again
 * when the keeper has another reason to look.
 */
uint32_t hak_sparse_mend(bool filtered);

/* For a fork child: units in hand are free again, and unchanged. */
void hak_sparse_after_fork(void);
