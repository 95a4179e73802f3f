/* SPDX-License-Identifier: MIT */
/* recent.h - recent events of the process: a fork, a lack of memory. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * Note that the process forks, or is a fork child. For ten minutes parent and
 * child may share pages.
 */
void hak_recent_fork(void);
bool hak_recent_forked(void);

/*
 * For the keeper: note that memory is short now. Milliseconds since memory was
 * last short.
 */
void hak_recent_short(void);
uint32_t hak_recent_short_ms(void);

/*
 * Was memory not short for some seconds? Otherwise, the milliseconds until
 * then.
 */
bool hak_recent_calm(void);
uint32_t hak_recent_calm_ms(void);
