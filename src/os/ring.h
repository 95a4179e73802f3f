/* SPDX-License-Identifier: MIT */
/*
 * ring.h - memory given back by the kernel's own workers, through io_uring.
 *
 * And a wait for what no one system call waits for. One thread may use it; its
 * descriptors are in that thread's table from the first use on.
 */
#pragma once

#include "map.h"

#include <stdatomic.h>
#include <stdint.h>

/*
 * Hands over the ranges that are to give, one request each, and waits until the
 * kernel has answered every one. One that is refused has its -errno; one of more
 * than 2 GiB is still to give. An error: nothing more can be had this way, and
 * some ranges are still to give; none is in flight, unless the kernel gave no
 * answer, which -EINPROGRESS tells for ever. -ENOSYS in a build without liburing.
 */
int hak_ring_give(struct hak_ranges *ranges);

/*
 * Waits until somebody wakes `word` (a futex of this process), which has
 * `value`, or one of the descriptors has POLLPRI, which is news. An error: it cannot be waited
 * for that way, and nobody has waited (Linux 6.7).
 */
int hak_ring_wait(_Atomic uint32_t *word, uint32_t value, const int *fds,
		  unsigned count, bool *ret_news);

/* All that is open of it. */
void hak_ring_close(void);

/* In a fork child, before anything else: the ring is the parent's. */
void hak_ring_forget(void);
