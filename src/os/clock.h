/* SPDX-License-Identifier: MIT */
/* clock.h - time, as coarse as decisions about memory are. */
#pragma once

#include <stdint.h>

enum { HAK_PERIOD_MS = 10000 };

/* Once, on the initialising thread. */
void hak_clock_open(void);

/*
 * Milliseconds, seconds, and periods of ten of these, since some start. Read
 * from the vDSO: no system call where there is one, and no instruction that a
 * process can forbid itself.
 */
uint32_t hak_clock_ms(void); /* comes round after 49 days */
uint32_t hak_clock_seconds(void);
uint32_t hak_clock_periods(void);

/* Microseconds since some start, exactly; and of the thread's work: a call. */
uint64_t hak_clock_us(void);
uint64_t hak_clock_work_us(void);

/* Waits so long, by a call that no filter can do without. */
void hak_clock_sleep(uint32_t ms);
void hak_clock_sleep_us(uint32_t us);
