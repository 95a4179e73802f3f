/* SPDX-License-Identifier: MIT */
/*
 * give.h - gives memory back to the kernel by the best available method.
 *
 * hakmem gives up a method for ever if the kernel refuses the method as such.
 * The refusal of a single range is no reason to give up the method.
 */
#pragma once

#include "os/map.h"

enum hak_method {
	HAK_METHOD_RING,     /* io_uring; only for the keeper, see ring.h */
	HAK_METHOD_TOGETHER, /* process_madvise(2): one call for many ranges */
	HAK_METHOD_EACH,     /* madvise(2): a call for each range */
	HAK_METHODS,
};

/*
 * Give back all ranges marked HAK_TO_GIVE. The call uses `method`, or the next method
 * of the enum that hakmem has not given up. Ranges that this method leaves or refuses
 * go back by madvise. Returns the number of methods given up during the call. Any
 * thread may use the last two methods.
 */
unsigned hak_give(struct hak_ranges *ranges, enum hak_method method);
