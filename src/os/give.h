/* SPDX-License-Identifier: MIT */
/*
 * give.h - memory goes back to the kernel by the best way that there is.
 *
 * Ways that the kernel refuses for good are not tried again. What it says of a
 * range is no reason for that.
 */
#pragma once

#include "os/map.h"

enum hak_rung {
	HAK_RUNG_RING,	   /* io_uring: see ring.h for who may */
	HAK_RUNG_TOGETHER, /* process_madvise */
	HAK_RUNG_EACH,	   /* madvise */
	HAK_RUNGS,
};

/*
 * Hands over all ranges that are to give, by this rung or those below it.
 * Returns how many rungs it has given up. Any thread, for the lower two.
 */
unsigned hak_give(struct hak_ranges *ranges, enum hak_rung rung);
