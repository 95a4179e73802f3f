/* SPDX-License-Identifier: MIT */
/*
 * watcher.h - starts and stops guard and observation, and the thread that
 * answers userfaultfd events.
 *
 * When a thread touches watched memory, the kernel may stop the thread until
 * the watcher answers. The stopped thread may hold any lock, so the watcher
 * takes no lock and touches no block. The keeper creates the watcher. Only the
 * keeper calls the functions here, except the last three.
 */
#pragma once

#include "os/self.h"
#include "base/stats.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Open guard and observation as the options ask, and create the watcher if either needs
 * it. If a seccomp filter may be in force, open no descriptor.
 */
void hak_watcher_start(enum hak_self self);

/*
 * End guard, observation and watcher. The close of the descriptors lets every stopped
 * thread continue. `why` becomes the mode on the stats page.
 */
void hak_watcher_stop(enum hak_mode why);

/*
 * End guard and observation without closing their descriptors, because a new seccomp
 * filter may forbid the close. The watcher finds the filter by itself and ends; the
 * function waits for this. Stopped threads continue when both the watcher and the
 * keeper have ended. True if the keeper has to end.
 */
bool hak_watcher_abandon(enum hak_mode why);

/* End guard and observation if the watcher has ended unexpectedly. */
void hak_watcher_check(void);

/*
 * Continue the observation. Returns the milliseconds until the next call, which
 * continues the observation or checks the watcher.
 */
uint32_t hak_watcher_tick(void);

/* For a fork child: forget the watcher, which the child does not have. */
void hak_watcher_forget(void);

/*
 * hak_watcher_wanted(): do the options ask for a guard or an observation?
 * hak_watcher_without() says on the stats page why both are missing: there will be no
 * keeper.
 */
bool hak_watcher_wanted(void);
void hak_watcher_without(void);
