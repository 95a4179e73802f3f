/* SPDX-License-Identifier: MIT */
/*
 * recent.c - what happened to this process of late: a fork, a lack of memory.
 *
 * Owns    when that was.
 * Calls   clock.h.
 */
#include "os/recent.h"

#include "os/clock.h"
#include "base/atomic.h"

enum {
	FORKED_MS = 600000, /* for so long a child may share what there was */
	CALM_MS = 3000,	    /* memory was not short for so long: it is calm */
};

/* When this process forked last, by hak_clock_ms(); 0: never. */
static _Atomic uint32_t forked_at;

static uint32_t short_at; /* when memory was short last */

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
