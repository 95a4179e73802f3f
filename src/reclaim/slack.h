/* SPDX-License-Identifier: MIT */
/*
 * slack.h - free units of sparse superslabs, and the budget.
 *
 * The budget holds for empty superslabs and for the free units of sparse superslabs
 * together; empty superslabs count first. The keeper gives the units that nobody wanted
 * for the whole delay. Without a keeper the freeing thread gives, in the profile lean at
 * once, from superslabs out of which the node has lent nothing for long.
 */
#pragma once

#include "os/give.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * For the keeper: give what is over the budget for the whole delay. Returns milliseconds
 * until more may be due; HAK_NEVER: a note will come.
 */
uint32_t hak_slack_tick(enum hak_method method);

/*
 * Act on HAK_TODO_SPARSE: ring the keeper, or give. True if there is no keeper, and the
 * program has to leave the note again from time to time. Hold no lock.
 */
bool hak_slack_settle(void);
