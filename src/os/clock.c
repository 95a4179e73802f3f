/* SPDX-License-Identifier: MIT */
/*
 * clock.c - time, as coarse as decisions about memory are.
 *
 * Called by  heap/.
 */
#include "clock.h"

#include "arch.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>

enum { PERIOD_SECONDS = 10 };

static struct timespec now(void)
{
	struct timespec time = { 0 };

	clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
	return time;
}

uint32_t hak_clock_ms(void)
{
	struct timespec time = now();

	return (uint32_t)(time.tv_sec * 1000 + time.tv_nsec / 1000000);
}

uint32_t hak_clock_seconds(void)
{
	return (uint32_t)now().tv_sec;
}

uint32_t hak_clock_periods(void)
{
	return hak_clock_seconds() / PERIOD_SECONDS;
}

void hak_clock_sleep(uint32_t ms)
{
	struct timespec time = { ms / 1000, ms % 1000 * 1000000L };
	uint32_t nobody = 0;

	arch_syscall(SYS_futex, (long)&nobody, FUTEX_WAIT_PRIVATE, 0,
		     (long)&time, 0, 0);
}
