/* SPDX-License-Identifier: MIT */
/* no_ring.c - a build without liburing: memory goes back by other ways. */
#include "ring.h"

#include <errno.h>

int hak_ring_give(struct hak_ranges *ranges)
{
	(void)ranges;
	return -ENOSYS;
}

int hak_ring_wait(_Atomic uint32_t *word, uint32_t value, const int *fds,
		  unsigned count, bool *ret_news)
{
	(void)ret_news;
	(void)word;
	(void)value;
	(void)fds;
	(void)count;
	return -ENOSYS;
}

void hak_ring_close(void)
{
}

void hak_ring_forget(void)
{
}
