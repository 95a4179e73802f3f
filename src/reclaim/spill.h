/* SPDX-License-Identifier: MIT */
/*
 * spill.h - superslabs whose pages the kernel took from another node, because
 * theirs was full, and their way home.
 *
 * One that was lent is looked at when the next one is, as it has been touched
 * by then; those that were found are tried again once a second: by the keeper,
 * or else as long as superslabs come back to the span. Where there is one node, nothing.
 */
#pragma once

#include "heap/span.h"

#include <stdbool.h>

/*
 * Looks at superslabs that were lent, and by now are touched: one call to the kernel
 * for each. With no lock held.
 */
void hak_spill_look(void);

/* Is there one that is away? */
bool hak_spill_any(const struct hak_span *span);

/*
 * Tries to bring some home, if it is time, with no lock held. Returns the
 * milliseconds until it is again; HAK_NEVER if all are.
 */
uint32_t hak_spill_tick(struct hak_span *span);
