/* SPDX-License-Identifier: MIT */
/* clock.h - time, as coarse as decisions about memory are. */
#pragma once

#include <stdint.h>

/*
 * Periods of ten seconds since some start. Read from the vDSO: no system call
 * where there is one, and no instruction that a process can forbid itself.
 */
uint32_t hak_clock_periods(void);
