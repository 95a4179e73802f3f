/* SPDX-License-Identifier: MIT */
/*
 * observe.h - how soon LIVE superslabs are written, and by threads on which node.
 *
 * The keeper write-protects a row of superslabs and checks how soon each
 * superslab is written. The results are on the stats page. In mode `heat` the
 * kernel only notes writes. In mode `locality` the kernel stops the writing
 * thread until the watcher answers.
 */
#pragma once

#include "os/self.h"
#include "base/options.h"
#include "base/stats.h"

#include <stdbool.h>
#include <stdint.h>

static inline bool hak_observe_wanted(void)
{
	return hak_option(HAK_OPTION_OBSERVE) != HAK_OBSERVE_OFF;
}

/*
 * For the keeper: open the available methods. If a filter may be in force, open
 * nothing.
 */
void hak_observe_open(enum hak_self self);
void hak_observe_close(enum hak_mode why);

/*
 * End the observation, and forget the descriptors without closing: the parent
 * owns the descriptors, or a filter may forbid the close.
 */
void hak_observe_forget(enum hak_mode why);

/*
 * For the keeper: begin a sample, look at the sample, or end the sample. The
 * function itself sleeps at most 16 ms between two looks. Returns the
 * milliseconds until the next call; HAK_NEVER if nothing is observed.
 */
uint32_t hak_observe_tick(void);

/*
 * Memory is short: let the kernel take the pages of cold superslabs, in the way
 * of HAKMEM_COLD.
 */
void hak_observe_cool(void);
