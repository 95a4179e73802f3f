/* SPDX-License-Identifier: MIT */
/*
 * watcher.h - starts and stops guard and observation, and the thread that
 * answers userfaultfd events.
 *
 * The kernel may stop a thread that touches watched memory, with any lock held,
 * until the watcher answers. So the watcher takes no lock and touches no block.
 * The keeper creates the watcher and calls all functions here but the last
 * three.
 */
#pragma once

#include "os/self.h"
#include "base/stats.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Open guard and observation as the options ask. Unless the keeper is free, make no
 * new calls.
 */
void hak_watcher_start(enum hak_self self);

/* Close both. The close releases every stopped thread. */
void hak_watcher_stop(enum hak_mode why);

/*
 * A filter came and may forbid the close. Stopped threads continue after the
 * watcher, which sees the filter itself, and the keeper have ended. Waits for
 * the watcher's end. True if the keeper has to end.
 */
bool hak_watcher_abandon(enum hak_mode why);

/* Stop watching if the watcher has ended unexpectedly. */
void hak_watcher_check(void);

/* Observe. Returns milliseconds until the next turn, or until the next check. */
uint32_t hak_watcher_tick(void);

/* For a fork child: the watcher does not exist there. */
void hak_watcher_forget(void);

/*
 * Do the options ask for a guard or an observation? Without a keeper, note the
 * reason for their absence.
 */
bool hak_watcher_wanted(void);
void hak_watcher_without(void);
