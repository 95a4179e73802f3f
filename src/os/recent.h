/* SPDX-License-Identifier: MIT */
/* recent.h - recent events of the process: a fork, a lack of memory. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * For a process that forks, and for the child: for ten minutes both may share
 * pages.
 */
void hak_recent_fork(void);
bool hak_recent_forked(void);

/* For the keeper: memory is short now. Milliseconds since memory was last short. */
void hak_recent_short(void);
uint32_t hak_recent_short_ms(void);

/* Has memory not been short for some seconds? If not, how long until then? */
bool hak_recent_calm(void);
uint32_t hak_recent_calm_ms(void);
