/* SPDX-License-Identifier: MIT */
/*
 * recent.h - what happened to this process of late: a fork, a lack of memory.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* In a process that forks, and in its child: for ten minutes they share pages. */
void hak_recent_fork(void);
bool hak_recent_forked(void);

/* The keeper's: memory is short. Milliseconds since it last was. */
void hak_recent_short(void);
uint32_t hak_recent_short_ms(void);

/* Has memory not been short for some seconds? If not, how long until then? */
bool hak_recent_calm(void);
uint32_t hak_recent_calm_ms(void);
