/* SPDX-License-Identifier: MIT */
/* no_ring.c - replaces ring.c in a build without liburing: no call does anything. */
#include "os/ring.h"

#include <errno.h>

int hak_ring_give(struct hak_ranges *ranges)
{
	(void)ranges;
	return -ENOSYS;
}

int hak_ring_listen(char *quiet, const int *fds, unsigned count)
{
	(void)quiet;
	(void)fds;
	(void)count;
	return -ENOSYS;
}

unsigned hak_ring_heard(void)
{
	return 0;
}

void hak_ring_park(const int *fds, unsigned count)
{
	(void)fds;
	(void)count;
}

void hak_ring_unpark(void)
{
}

void hak_ring_close(void)
{
}

void hak_ring_forget(void)
{
}
