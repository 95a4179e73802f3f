/* SPDX-License-Identifier: MIT */
/*
 * observe.h - how soon LIVE superslabs are written, and by threads on which node.
 *
 * The keeper write-protects a row of superslabs and looks how soon each is
 * written; what it learns is on the stats page. For `heat` the kernel only
 * takes note of writes; for `locality` it stops the writer, and the watcher
 * answers.
 */
#pragma once

#include "heap/span.h"
#include "os/uffd.h"
#include "base/options.h"
#include "base/stats.h"

#include <stdbool.h>
#include <stdint.h>

static inline bool hak_observe_wanted(void)
{
	return hak_option(HAK_OPTION_OBSERVE) != HAK_OBSERVE_OFF;
}

/* The keeper's: opens what there is; `filtered`: nothing. */
void hak_observe_open(bool filtered);
void hak_observe_close(enum hak_mode why);

/* What was open is not ours, or not to be closed: nothing is observed from now on. */
void hak_observe_forget(enum hak_mode why);

/* What the watcher has to read touches from; fd is -1 if there is nothing. */
const struct hak_uffd *hak_observe_uffd(void);
void hak_observe_touched(const struct hak_touch *touch);

/*
 * The keeper's: begins a sample, looks at it, ends it; what takes less than 16 ms
 * it waits for. Milliseconds until the next; HAK_NEVER: nothing is observed.
 */
uint32_t hak_observe_tick(void);

/* The keeper's: these are about to be guarded, and not to be watched any more. */
void hak_observe_let_go(const struct hak_span *span, uint32_t first,
			uint32_t count);

/* Memory is short: the kernel may take what is cold, as HAKMEM_COLD says. */
void hak_observe_cool(void);
