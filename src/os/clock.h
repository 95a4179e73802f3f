/* SPDX-License-Identifier: MIT */
/* clock.h - time, as coarse as decisions about memory are. */
#pragma once

#include <stdint.h>

/*
 * Seconds, and periods of ten of them, since some start. Read from the vDSO: no
 * system call where there is one, and no instruction that a process can forbid
 * itself.
 */
uint32_t hak_clock_seconds(void);
uint32_t hak_clock_periods(void);
