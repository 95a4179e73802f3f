/* SPDX-License-Identifier: MIT */
/* clock.h - coarse time, precise enough for decisions about memory. */
#pragma once

#include <stdint.h>

enum {
	HAK_PERIOD_MS = 10000,	/* length of a period of hak_clock_periods() */
	HAK_NEVER = UINT32_MAX, /* in place of a number of milliseconds: never */
};

/* Find the vDSO's clock. Call this once, on the thread that initialises hakmem. */
void hak_clock_open(void);

/*
 * Time in milliseconds, in seconds, and in periods of ten seconds, since an unspecified
 * start. With a vDSO these functions make no system call. They also never read the
 * CPU's time stamp counter, because the kernel may kill a process for this
 * (PR_SET_TSC).
 */
uint32_t hak_clock_ms(void); /* wraps to 0 after 49 days */
uint32_t hak_clock_seconds(void);
uint32_t hak_clock_periods(void);

/*
 * hak_clock_us() returns microseconds since an unspecified start, not rounded to the
 * kernel's ticks. hak_clock_work_us() returns the CPU time of the running thread in
 * microseconds, by a system call.
 */
uint64_t hak_clock_us(void);
uint64_t hak_clock_work_us(void);

/*
 * Sleep by a wait in futex(2) that nobody ends early, because every usable seccomp
 * filter allows futex(2).
 */
void hak_clock_sleep(uint32_t ms);
void hak_clock_sleep_us(uint32_t us);
