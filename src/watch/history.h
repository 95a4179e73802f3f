/* SPDX-License-Identifier: MIT */
/*
 * history.h - what hakmem has observed of each superslab, on the stats page.
 *
 * The keeper write-protects a superslab and measures the time until the first
 * write to it. The superslab's heat is 9 if this time is at most 1 ms, and one less
 * for each doubling of the time, down to 1 for 256 ms. Without a write the heat is
 * 0. The history keeps the mean heat, and the node whose threads write most. The
 * fields are relaxed atomics. The watcher writes the node, the keeper writes
 * everything else, and any thread or process may read.
 */
#pragma once

#include "heap/record.h"
#include "base/stats.h"

#include <stdbool.h>
#include <stdint.h>

enum { HAK_HOTTEST = 9 };

/*
 * Allocate a history for each superslab of the window. False if there is no memory.
 * Call this once.
 */
bool hak_history_open(void);

/* Initialise the histories of superslabs mapped since the last call as not observed. */
void hak_history_reach(const struct hak_span *span);

/*
 * Convert the time from the write protection to the first write, in microseconds, into
 * heat.
 */
uint8_t hak_history_heat(uint64_t us);

/*
 * Add a sample to the superslab's history. `heat` is the heat of the sample, 0 if there
 * was no write. `second` is the time of the sample, by hak_clock_seconds().
 */
void hak_history_note(const struct hak_span *span, uint32_t superslab,
		     uint8_t heat, uint32_t second);

/* Forget the heat, because the superslab is not LIVE, or has to be observed again. */
void hak_history_forget(const struct hak_span *span, uint32_t superslab);

/* Count a write by a thread on node `writer` to memory on node `memory`. */
void hak_history_vote(const struct hak_span *span, uint32_t superslab,
		     unsigned writer, unsigned memory);

/*
 * The node with most writes to the superslab, if most writes are remote;
 * otherwise HAK_NO_NODE.
 */
int hak_history_remote_writer(const struct hak_span *span, uint32_t superslab);

/*
 * Is the superslab's heat known and above 0, so that it was written while observed? One
 * sample is enough for this answer.
 */
bool hak_history_is_hot(const struct hak_span *span, uint32_t superslab);

/*
 * Let the kernel take the pages of cold superslabs, in the way that the option
 * HAKMEM_COLD says. A superslab is cold if its first observation was before the second
 * `since`, and no write was seen from then on. One call takes at most a few hundred
 * superslabs.
 */
void hak_history_cool(uint32_t since);
