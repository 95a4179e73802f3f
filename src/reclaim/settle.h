/* SPDX-License-Identifier: MIT */
/*
 * settle.h - brings spans back to the budget, at the end of a slow path.
 *
 * Without a keeper, a thread whose free exceeds the budget decommits the superslabs over
 * the budget. With a keeper, the keeper decommits these superslabs after the whole delay
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
 * The same for each span with a note. Another thread may have taken the note of
 * this thread's free. Under a limit the function then also decommits the superslabs
 * over the limit, or waits until the other thread has decommitted these superslabs.
 */
void hak_settle_noted(void);

/*
 * Decommit the empty resident superslabs of each span in which a lending failed,
 * and in which a row of free superslabs becomes long enough by this. False if there
 * is no such span.
 */
bool hak_settle_join(void);
