/* SPDX-License-Identifier: MIT */
/*
 * observe.h - how soon LIVE superslabs are written, and by threads on which node.
 *
 * The keeper write-protects a row of superslabs and checks how soon each is
 * written. The results are on the stats page. For `heat` the kernel only notes
 * writes. For `locality` the kernel stops the writer, and the watcher answers.
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

/* For the keeper: open the available methods. Unless the keeper is free, open nothing. */
void hak_observe_open(enum hak_self self);
void hak_observe_close(enum hak_mode why);

/*
 * Forget the descriptors without closing, because the parent owns the descriptors
 * or a filter may forbid the close. Observation ends.
 */
void hak_observe_forget(enum hak_mode why);

/*
 * For the keeper: begin a sample, look at the sample, end the sample. Sleeps 16 ms
 * at most between two looks. Returns milliseconds until the next call; HAK_NEVER:
 * nothing is observed.
 */
uint32_t hak_observe_tick(void);

/* Memory is short: let the kernel take cold superslabs, as HAKMEM_COLD says. */
void hak_observe_cool(void);
