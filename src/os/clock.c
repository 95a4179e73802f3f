/* SPDX-License-Identifier: MIT */
/*
 * clock.c - coarse time, precise enough for decisions about memory.
 *
 * Calls   vdso.h.
 */
#include "os/clock.h"

#include "os/vdso.h"
#include "base/sys.h"
#include "arch/arch.h"

#include <time.h>

/* The vDSO's clock_gettime; if NULL, read() makes the system call instead. */
static int (*read_clock)(clockid_t clock, struct timespec *ret_time);

static struct timespec read(clockid_t clock)
{
	struct timespec time = { 0 };

	if (!read_clock || read_clock(clock, &time))
		sys_clock_gettime(clock, &time);
	return time;
}

static struct timespec now(void)
{
	return read(CLOCK_MONOTONIC_COARSE);
}

void hak_clock_open(void)
{
	*(void **)&read_clock = hak_vdso_find(ARCH_VDSO_CLOCK);
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
	return hak_clock_seconds() / (HAK_PERIOD_MS / 1000);
}

static uint64_t read_us(clockid_t clock)
{
	struct timespec time = read(clock);

	return (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_nsec / 1000;
}

uint64_t hak_clock_us(void)
{
	return read_us(CLOCK_MONOTONIC);
}

uint64_t hak_clock_work_us(void)
{
	return read_us(CLOCK_THREAD_CPUTIME_ID);
}

static void sleep(struct timespec time)
{
	uint32_t nobody = 0;

	sys_futex_wait(&nobody, 0, &time);
}

void hak_clock_sleep(uint32_t ms)
{
	sleep((struct timespec){ ms / 1000, ms % 1000 * 1000000L });
}

void hak_clock_sleep_us(uint32_t us)
{
	sleep((struct timespec){ us / 1000000, us % 1000000 * 1000L });
}
