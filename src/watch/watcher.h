/* SPDX-License-Identifier: MIT */
/*
 * watcher.h - starts and stops guard and observation, and the thread that
 * answers userfaultfd events.
 *
 * When a thread touches watched memory, the kernel may stop the thread until
 * the watcher answers. The stopped thread may hold any lock, so the watcher
 * takes no lock and touches no block. The keeper creates the watcher and calls
 * all functions here but the last three.
 */
#pragma once

#include "os/self.h"
#include "base/stats.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Open guard and observation as the options ask. If a filter may be in force,
 * make no new system call.
 */
void hak_watcher_start(enum hak_self self);

/* Close both. The close releases every stopped thread. */
void hak_watcher_stop(enum hak_mode why);

/*
 * Call this when a filter has appeared, because the filter may forbid the
 * close. Stopped threads continue when both the watcher and the keeper have
 * ended; the watcher finds the filter by itself. Waits for the watcher's end.
 * True if the keeper has to end.
 */
bool hak_watcher_abandon(enum hak_mode why);

/* Stop watching if the watcher has ended unexpectedly. */
void hak_watcher_check(void);

/*
 * Continue the observation. Returns the milliseconds until the next turn or the
 * next check of the watcher.
 */
uint32_t hak_watcher_tick(void);

/* For a fork child: the watcher does not exist there. */
void hak_watcher_forget(void);

/*
 * Do the options ask for a guard or an observation? hak_watcher_without():
 * there will be no keeper, so note the reason why both are missing.
 */
bool hak_watcher_wanted(void);
void hak_watcher_without(void);
