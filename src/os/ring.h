/* SPDX-License-Identifier: MIT */
/*
 * ring.h - io_uring: gives memory back by kernel workers, listens for pressure.
 *
 * Only the keeper may use the rings, because their descriptors belong to the
 * keeper's own descriptor table. Before each call of io_uring the keeper checks
 * for a new seccomp filter: see self.h.
 */
#pragma once

#include "os/map.h"

#include <stdbool.h>

/*
 * Give back all ranges marked HAK_TO_GIVE, with a request for each range, and wait for
 * every answer. A refused range gets its -errno. A range above 2 GiB stays marked. An
 * error of the function itself concerns no single range: io_uring gives nothing back
 * here, or -EAGAIN, not now. Then some ranges stay marked, and no request is in flight.
 * The exception is a request that the kernel never answers: its range keeps
 * -EINPROGRESS for ever. Returns -ENOSYS in a build without liburing.
 */
int hak_ring_give(struct hak_ranges *ranges);

/*
 * Ask the kernel to set *quiet to 0 at the next POLLPRI of any of the descriptors, four
 * at most. If the keeper sleeps by futex(2) on the word that contains *quiet, the
 * kernel also wakes the keeper. Each request reports a single event. So call
 * hak_ring_listen() again after hak_ring_heard(). hak_ring_heard() makes no system
 * call. It returns bit i if fds[i] reported an event. An error of hak_ring_listen() is
 * permanent: the kernel will report no event.
 */
int hak_ring_listen(char *quiet, const int *fds, unsigned count);
unsigned hak_ring_heard(void);

/*
 * Keep the files of these descriptors open, by a separate ring, until hak_ring_unpark()
 * or the end of the thread. Then the kernel closes the files in the background. The
 * last close of a file with a pressure trigger takes about 15 ms. Without the separate
 * ring the ending thread would wait for the close, and would still be visible as a
 * thread of the process.
 */
void hak_ring_park(const int *fds, unsigned count);
void hak_ring_unpark(void);

/*
 * Close the rings of hak_ring_give() and hak_ring_listen(). The workers of these rings
 * are visible as threads of the process, and end when the last ring is closed.
 * hak_ring_heard() still returns events that came before the close.
 */
void hak_ring_close(void);

/*
 * Call this in a fork child before any other function here: forget the rings, because
 * they belong to the parent.
 */
void hak_ring_forget(void);
