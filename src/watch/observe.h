/* SPDX-License-Identifier: MIT */
/*
 * observe.h - how soon LIVE superslabs are written, and by threads on which node.
 *
 * The keeper write-protects a row of superslabs and checks how soon each
 * superslab is written. The results are on the stats page. In mode `heat` the
 * kernel only marks written pages in the page tables. In mode `locality` the
 * kernel stops the writing thread until the watcher answers.
 */
#pragma once

#include "os/self.h"
#include "base/options.h"
#include "base/stats.h"

#include <stdbool.h>
#include <stdint.h>

/* Does the option HAKMEM_OBSERVE ask for an observation? */
static inline bool hak_observe_wanted(void)
{
	return hak_option(HAK_OPTION_OBSERVE) != HAK_OBSERVE_OFF;
}

/*
 * For the keeper: open the descriptors for the mode that the option asks for, or else
 * for mode `heat`. If a seccomp filter may be in force, open nothing.
 * hak_observe_close() ends the observation, and `why` becomes the mode on the stats
 * page.
 */
void hak_observe_open(enum hak_self self);
void hak_observe_close(enum hak_mode why);

/*
 * End the observation, and forget the descriptors without closing them. In a fork child
 * they belong to the parent, and a seccomp filter may forbid the close.
 */
void hak_observe_forget(enum hak_mode why);

/*
 * For the keeper: begin to observe a row, or look which superslabs of the row are
 * written, or end the row. The function itself sleeps if the next look is at most 16 ms
 * away. Returns the milliseconds until the next call; HAK_NEVER if nothing is observed.
 */
uint32_t hak_observe_tick(void);

/*
 * Call this if memory is short: let the kernel take the pages of cold superslabs, in
 * the way that the option HAKMEM_COLD says.
 */
void hak_observe_cool(void);
