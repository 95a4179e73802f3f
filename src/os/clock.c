/* SPDX-License-Identifier: MIT */
/*
 * clock.c - time, as coarse as decisions about memory are.
 *
 * Called by  heap/span.c.
 */
#include "clock.h"

#include <time.h>

enum { PERIOD_SECONDS = 10 };

uint32_t hak_clock_seconds(void)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (uint32_t)now.tv_sec;
}

uint32_t hak_clock_periods(void)
{
	return hak_clock_seconds() / PERIOD_SECONDS;
}
