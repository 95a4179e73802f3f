/* SPDX-License-Identifier: MIT */
/*
 * ring.h - io_uring: gives memory back by kernel workers, listens for pressure.
 *
 * Only the keeper may use the rings, because their descriptors belong to the
 * keeper's own table. Before each call the keeper checks for a new seccomp
 * filter: see self.h.
 */
#pragma once

#include "os/map.h"

#include <stdbool.h>

/*
 * Give back all ranges marked HAK_TO_GIVE, with a request for each range, and
 * wait for every answer. A refused range gets its -errno. A range above 2 GiB
 * stays marked. If the function returns an error, the method does not work
 * here: no further range can be given back, and some ranges stay marked. After
 * an error no request is in flight. The exception is a request that the kernel
 * never answers: its range keeps -EINPROGRESS for ever. Returns -ENOSYS in a
 * build without liburing.
 */
int hak_ring_give(struct hak_ranges *ranges);

/*
 * Ask the kernel to write a 0 to `quiet` at the next POLLPRI of any of the
 * descriptors, four at most. If the keeper sleeps by futex(2) on the word that
 * contains `quiet`, the kernel also wakes the keeper. Each poll reports a
 * single event. So ask again after hak_ring_heard(), which makes no system call
 * and returns the bits of the descriptors with an event. An error is permanent:
 * the kernel will report no event.
 */
int hak_ring_listen(char *quiet, const int *fds, unsigned count);
unsigned hak_ring_heard(void);

/*
 * Hold the files of these descriptors open until hak_ring_unpark() or the end
 * of the thread; then the kernel closes the files in the background. The last
 * close of a file with a trigger takes about 15 ms. Without the ring the ending
 * thread would wait for the close, and would still be visible as a thread of
 * the process.
 */
void hak_ring_park(const int *fds, unsigned count);
void hak_ring_unpark(void);

/*
 * Close the other rings. Their workers are visible as threads of the process,
 * and end with the last ring. hak_ring_heard() still returns the events from
 * before.
 */
void hak_ring_close(void);

/* For a fork child, before any other call: the rings belong to the parent. */
void hak_ring_forget(void);
