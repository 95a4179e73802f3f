/* SPDX-License-Identifier: MIT */
/*
 * bell.h - how a thread calls the keeper, and whether there is one.
 *
 * The keeper sleeps on a word in a page that a child process finds wiped: there
 * it reads as nobody, whichever way it was forked.
 */
#pragma once

#include "pressure.h"

#include "compiler.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* There was something for a keeper to do, and none to hear it. */
extern _Atomic bool hak_bell_wanted HAK_HIDDEN;

static inline void hak_bell_want(void)
{
	atomic_store_explicit(&hak_bell_wanted, true, memory_order_relaxed);
}

/* False if nobody hears it. One system call, and only if the keeper sleeps. */
bool hak_bell_ring(void);

/* The same, and it wakes up whatever it sleeps for. */
bool hak_bell_call(void);

/* Is there a keeper, or one being born? */
bool hak_bell_answered(void);

/* The keeper's own: one at a time is let in, and is awake. */
bool hak_bell_enter(void);
void hak_bell_leave(void);

/* Has somebody rung since it was asked last? */
bool hak_bell_heard(void);

/*
 * Is there news of pressure? The kernel is asked to wake the keeper for the next, by
 * the word that it sleeps on; `may_ask`: by calls that a filter may forbid. Where it
 * cannot, the keeper looks, and wakes up for that: after two seconds, then after
 * twice as long each time, up to a minute, until it is rung for again.
 */
bool hak_bell_news(struct hak_pressure *pressure, bool may_ask);

/*
 * Before it looks whether it may sleep: what rings from now on wakes it. Asleep
 * then for so many milliseconds at most, or until there is news.
 */
void hak_bell_doze(void);
void hak_bell_sleep(uint32_t ms, const struct hak_pressure *pressure);

/* Asleep for so many milliseconds, two seconds at most, unless called or news. */
void hak_bell_nap(uint32_t ms);
