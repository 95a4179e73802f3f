/* SPDX-License-Identifier: MIT */
/*
 * settle.h - brings spans back to the budget, at the end of a slow path.
 *
 * Without a keeper, the thread whose free makes an excess decommits the excess.
 * With a keeper, the keeper decommits the excess after the whole delay
 * (decommit.h).
 */
#pragma once

#include "heap/record.h"

/*
 * Bring the span, or all spans, back to the budget after a return of superslabs.
 * The functions may call the kernel, or wake the keeper. Hold no lock; in a signal
 * handler that interrupted the holder of a lock, the note stays.
 */
void hak_settle_span(struct hak_span *span);
void hak_settle_all(void);

/*
 * The same for each span with a note. Under a limit the function also takes care of
 * an excess whose note another thread has taken: the function decommits the excess,
 * or waits.
 */
void hak_settle_noted(void);

/*
 * Decommit the warm superslabs of each span that has a longer row of free
 * superslabs afterwards. False if there is no such span.
 */
bool hak_settle_join(void);
