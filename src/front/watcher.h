/* SPDX-License-Identifier: MIT */
/*
 * watcher.h - what is watched, and the thread that answers the kernel for it.
 *
 * Who touches such memory may be stopped until it is answered for, with whatever
 * lock it holds. So the watcher takes none, and touches no block. It is the keeper
 * who makes it, and calls all of these but the last three.
 */
#pragma once

#include "base/stats.h"

#include <stdbool.h>
#include <stdint.h>

/* Opens what is wanted; `filtered`: as far as that takes no new calls. */
void hak_watcher_start(bool filtered);

/* Closes it: nobody is stopped any more. */
void hak_watcher_stop(enum hak_mode why);

/*
 * A filter has come that may forbid to close it: whoever is stopped is let go when
 * both the watcher, who sees that for itself, and the keeper have ended. Waits for
 * the watcher's end. True if the keeper has to end then.
 */
bool hak_watcher_abandon(enum hak_mode why);

/* Should there be a watcher, and has it ended? Then it is closed. */
void hak_watcher_check(void);

/* Observes. Milliseconds until the next turn, or the next check. */
uint32_t hak_watcher_tick(void);

/* In a fork child: there is none. */
void hak_watcher_forget(void);

/* Is anything to be watched? Then it is known that it is not. */
bool hak_watcher_wanted(void);
void hak_watcher_without(void);
