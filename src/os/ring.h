/* SPDX-License-Identifier: MIT */
/*
 * ring.h - io_uring: gives memory back by kernel workers, listens for news.
 *
 * Only the keeper may use the rings. Their descriptors belong to the keeper's
 * own table. Before each call the keeper checks for a new seccomp filter: see
 * self.h.
 */
#pragma once

#include "os/map.h"

#include <stdbool.h>

/*
 * Give back all ranges marked HAK_TO_GIVE, a request each, and wait for every
 * answer. A refused range gets its -errno. A range above 2 GiB stays marked. An
 * error concerns the method: no further range can be given, and some ranges stay
 * marked. No request is in flight after an error, with an exception: without an
 * answer a range keeps -EINPROGRESS for ever. Returns -ENOSYS in a build without
 * liburing.
 */
int hak_ring_give(struct hak_ranges *ranges);

/*
 * Ask the kernel to write a 0 to `quiet` at the next POLLPRI of any of the
 * descriptors, four at most. A keeper asleep by futex(2) on the word with
 * `quiet` then wakes without a further call. Each poll reports a single time:
 * ask again after hak_ring_heard(), which makes no call and returns the bits of
 * the descriptors. An error is permanent: the kernel will report no news.
 */
int hak_ring_listen(char *quiet, const int *fds, unsigned count);
unsigned hak_ring_heard(void);

/*
 * Hold the files of these descriptors open until hak_ring_unpark() or the end of
 * the thread; then the kernel closes the files in the background. The last close
 * of a file with a trigger takes about 15 ms. Without the ring the ending thread
 * would wait for the close, visible as a thread of the process.
 */
void hak_ring_park(const int *fds, unsigned count);
void hak_ring_unpark(void);

/*
 * Close the other rings. Their workers, visible as threads of the process, end
 * with the last ring. Unread news is kept.
 */
void hak_ring_close(void);

/* For a fork child, before any other call: the rings belong to the parent. */
void hak_ring_forget(void);
