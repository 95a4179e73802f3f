/* SPDX-License-Identifier: MIT */
/* recent.h - remembers when the process last forked, and when memory was last short. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * hak_recent_fork() remembers that the process forks, or is a fork child. For ten
 * minutes from then on hak_recent_forked() is true, because parent and child may share
 * pages.
 */
void hak_recent_fork(void);
bool hak_recent_forked(void);

/*
 * For the keeper. hak_recent_short() remembers that memory is short now.
 * hak_recent_short_ms() returns the milliseconds since the last call of
 * hak_recent_short().
 */
void hak_recent_short(void);
uint32_t hak_recent_short_ms(void);

/*
 * hak_recent_calm(): has memory not been short for three seconds? hak_recent_calm_ms()
 * returns the milliseconds that are missing until then, or 0.
 */
bool hak_recent_calm(void);
uint32_t hak_recent_calm_ms(void);
