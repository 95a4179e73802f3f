/* SPDX-License-Identifier: MIT */
/*
 * keeper.h - the one thread of our own, which gives memory back.
 */
#pragma once

#include "heap/bell.h"
#include "base/atomic.h"

/* Once at start, when threads may be made: where one is asked for. */
void hak_keeper_init(void);

/* Makes a keeper, unless that would do harm. `caller`: of malloc or free. */
HAK_COLD void hak_keeper_make(const void *caller);

/*
 * In a fork child: there is no keeper, and what it had in hand is ours. Then, when
 * all is in order: there is one again, if it is to be there from the start.
 */
void hak_keeper_after_fork(void);
void hak_keeper_begin_again(void);

/* At the end of a slow free, with no lock held. */
static inline void hak_keeper_poll(const void *caller)
{
	if (hak_unlikely(hak_read_once(&hak_bell_wanted)))
		hak_keeper_make(caller);
}
