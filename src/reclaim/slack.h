/* SPDX-License-Identifier: MIT */
/*
 * slack.h - free units of sparse superslabs, and the budget.
 *
 * The budget limits empty superslabs and the free units of sparse superslabs
 * together; empty superslabs count first. The excess is the number of these units over
 * the budget. The keeper gives the units that were in excess, and that no thread
 * wanted, for the whole delay. Without a keeper a call of malloc or free gives after the
 * delay, in the profile lean also at once.
 */
#pragma once

#include "os/give.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * For the keeper: give the units that were over the budget for the whole delay.
 * Returns the milliseconds until more units may have to go; HAK_NEVER: a node will
 * leave a note before.
 */
uint32_t hak_slack_tick(enum hak_method method);

/*
 * Act on the note HAK_TODO_SPARSE: wake the keeper, or give. True if there is no
 * keeper and an excess waits for the delay: then the note has to come again. Hold
 * no lock.
 */
bool hak_slack_act(void);

/*
 * Does an excess wait for the delay, because there is no keeper? Any thread may
 * have seen the excess.
 */
bool hak_slack_waits(void);

/* For a fork child: end a wait that began in the parent. */
void hak_slack_after_fork(void);
