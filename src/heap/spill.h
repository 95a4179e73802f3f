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
 * A run was lent. One call to the kernel for the superslab that was lent before:
 * the span's lock may not be held, the node's is.
 */
void hak_spill_watch(const struct hak_run *run);

/* One that lies on another node on purpose is free: it has to come home. */
void hak_spill_set(struct hak_span *span, uint32_t superslab);

/* Is there one that is away? */
bool hak_spill_any(const struct hak_span *span);

/*
 * Tries to bring some home, if it is time, with no lock held. Returns the
 * milliseconds until it is again; HAK_NEVER if all are.
 */
uint32_t hak_spill_tick(struct hak_span *span);
