/* SPDX-License-Identifier: MIT */
/*
 * ring.h - memory given back by the kernel's own workers, through io_uring.
 *
 * There is one ring, and one thread that may use it; its descriptor is in that
 * thread's table from the first use on.
 */
#pragma once

#include "map.h"

/*
 * Hands over the ranges that are to give, one request each of less than 4 GiB,
 * and waits until the kernel has answered every one. An error: nothing more can
 * be had this way, and some ranges are still to give; none is in flight, unless
 * the kernel gave no answer, which -EINPROGRESS tells for ever. -ENOSYS in a
 * build without liburing.
 */
int hak_ring_give(struct hak_ranges *ranges);

void hak_ring_close(void);

/* In a fork child, before anything else: the ring is the parent's. */
void hak_ring_forget(void);
