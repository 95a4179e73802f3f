/* SPDX-License-Identifier: MIT */
/*
 * give.h - gives memory back to the kernel by the best available method.
 *
 * hakmem abandons a method after a permanent refusal. The refusal of a single
 * range is no reason to abandon the method.
 */
#pragma once

#include "os/map.h"

enum hak_method {
	HAK_METHOD_RING,     /* io_uring: see ring.h for allowed threads */
	HAK_METHOD_TOGETHER, /* process_madvise */
	HAK_METHOD_EACH,     /* madvise */
	HAK_METHODS,
};

/*
 * Give back all ranges marked HAK_TO_GIVE. If a method fails, the next method
 * of the enum follows. Returns the number of methods abandoned. Any thread may
 * use the last two methods.
 */
unsigned hak_give(struct hak_ranges *ranges, enum hak_method method);
