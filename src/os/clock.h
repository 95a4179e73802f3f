/* SPDX-License-Identifier: MIT */
/* clock.h - coarse time, precise enough for decisions about memory. */
#pragma once

#include <stdint.h>

enum {
	HAK_PERIOD_MS = 10000,
	HAK_NEVER = UINT32_MAX, /* in milliseconds: no time is set */
};

/* Call this once, on the initialising thread. */
void hak_clock_open(void);

/*
 * Milliseconds, seconds, and periods of ten seconds, since an unknown start.
 * With a vDSO, the clock needs no system call, and no instruction for which the
 * kernel may kill the process.
 */
uint32_t hak_clock_ms(void); /* wraps after 49 days */
uint32_t hak_clock_seconds(void);
uint32_t hak_clock_periods(void);

/*
 * Microseconds since an unknown start, precise; and microseconds of CPU time of
 * the running thread. The second needs a system call.
 */
uint64_t hak_clock_us(void);
uint64_t hak_clock_work_us(void);

/* Sleep by futex(2), a call allowed by every usable seccomp filter. */
void hak_clock_sleep(uint32_t ms);
void hak_clock_sleep_us(uint32_t us);
