/* SPDX-License-Identifier: MIT */
/*
 * slack.h - free units of sparse superslabs, and the budget.
 *
 * The budget limits empty superslabs and the free units of sparse superslabs
 * together; empty superslabs count first. The keeper gives the units that nobody
 * wanted for the whole delay. Without a keeper a call of malloc or free gives after
 * the delay, in the profile lean also at once.
 */
#pragma once

#include "os/give.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * For the keeper: give the units over the budget for the whole delay. Returns
 * milliseconds until more may be due; HAK_NEVER: a note will come.
 */
uint32_t hak_slack_tick(enum hak_method method);

/*
 * Act on HAK_TODO_SPARSE: wake the keeper, or give. True if there is no keeper and
 * an excess waits for the delay: then the note has to come again. Hold no lock.
 */
bool hak_slack_act(void);

/* Does an excess wait, perhaps for another thread? */
bool hak_slack_waits(void);

/* In a fork child, wait for nothing. */
void hak_slack_after_fork(void);
