/* SPDX-License-Identifier: MIT */
/*
 * ring.h - memory given back by the kernel's own workers, through io_uring.
 *
 * And news of descriptors for a thread that sleeps by futex(2). One thread may use
 * it, the keeper; its descriptors are in that thread's table from the first use on. Before
 * each call it looks whether a filter has come: see self.h.
 */
#pragma once

#include "os/map.h"

#include <stdbool.h>

/*
 * Hands over the ranges that are to give, one request each, and waits until the
 * kernel has answered every one. One that is refused has its -errno; one of more
 * than 2 GiB is still to give. An error: nothing more can be had this way, and
 * some ranges are still to give; none is in flight, unless the kernel gave no
 * answer, which -EINPROGRESS tells for ever. -ENOSYS in a build without liburing.
 */
int hak_ring_give(struct hak_ranges *ranges);

/*
 * Has the kernel write a 0 to `quiet` when one of the descriptors, four at most, has
 * POLLPRI, which is news; whoever of this thread sleeps by futex(2) on the word that
 * has it sees that, and no other call is needed. Each once: to be asked again after
 * hak_ring_heard(), which is no call, has told of it (bits of their numbers). An
 * error: it cannot be heard of that way, and no more will be.
 */
int hak_ring_listen(char *quiet, const int *fds, unsigned count);
unsigned hak_ring_heard(void);

/*
 * Keeps the files of these descriptors until it is told otherwise, or its thread has
 * ended: then the kernel closes them in its own time. The last to close a
 * file with a trigger waits for some 15 ms; a thread that ends would be a thread of the
 * process for as long.
 */
void hak_ring_park(const int *fds, unsigned count);
void hak_ring_unpark(void);

/*
 * All else that is open of it. Its workers, threads of the process, end with the last
 * ring. News that has not been heard of is kept.
 */
void hak_ring_close(void);

/* In a fork child, before anything else: the ring is the parent's. */
void hak_ring_forget(void);
