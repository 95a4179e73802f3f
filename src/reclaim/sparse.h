/* SPDX-License-Identifier: MIT */
/*
 * sparse.h - LIVE superslabs that are mostly free.
 *
 * When memory is short, the keeper gives the free units to the kernel, at the price
 * of the huge page. mend.h brings the huge page back.
 */
#pragma once

#include "os/give.h"

#include <stdbool.h>
#include <stdint.h>

/* Give free units by the method. Returns how many superslabs became empty. */
unsigned hak_sparse_give(enum hak_method method);

/* Would sparse superslabs give enough to justify waiting for a shortage? */
bool hak_sparse_worth(void);

/* For the keeper: were superslabs split, so that some may need a huge page later? */
bool hak_sparse_split(void);

/* For a fork child: units in hand are free again, and unchanged. */
void hak_sparse_after_fork(void);
