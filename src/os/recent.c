/* SPDX-License-Identifier: MIT */
/*
 * recent.c - remembers when the process last forked, and when memory was last short.
 *
 * Owns    these two times.
 * Calls   clock.h.
 */
#include "os/recent.h"

#include "os/clock.h"
#include "base/atomic.h"

enum {
	FORKED_MS = 600000, /* time after a fork in which the child may share pages */
	CALM_MS = 3000,	    /* time without a lack of memory, until memory is calm */
};

/* When the process last forked, by hak_clock_ms(); 0: never. */
static _Atomic uint32_t forked_at;

static uint32_t short_at; /* when memory was last short, by hak_clock_ms() */

void hak_recent_fork(void)
{
	hak_write_once(&forked_at, hak_clock_ms() | 1);
}

bool hak_recent_forked(void)
{
	uint32_t at = hak_read_once(&forked_at);

	return at && hak_clock_ms() - at < FORKED_MS;
}

void hak_recent_short(void)
{
	short_at = hak_clock_ms();
}

uint32_t hak_recent_short_ms(void)
{
	return hak_clock_ms() - short_at;
}

bool hak_recent_calm(void)
{
	return hak_recent_short_ms() >= CALM_MS;
}

uint32_t hak_recent_calm_ms(void)
{
	uint32_t past = hak_recent_short_ms();

	return past < CALM_MS ? CALM_MS - past : 0;
}
