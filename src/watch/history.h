/* SPDX-License-Identifier: MIT */
/*
 * history.h - what hakmem has observed of each superslab, on the stats page.
 *
 * A history has a heat: 9 for a write within a millisecond, and one less for
 * each doubling of the time. A history also has the node of most writes. The
 * fields are relaxed atomics: the watcher writes the votes, the keeper writes
 * everything else, and any thread or process may read.
 */
#pragma once

#include "heap/record.h"
#include "base/stats.h"

#include <stdbool.h>
#include <stdint.h>

enum { HAK_HOTTEST = 9 };

/*
 * Allocate a history for each superslab. False if memory is missing. Call this
 * once.
 */
bool hak_history_open(void);

/* Initialise the histories of newly mapped superslabs as not observed. */
void hak_history_reach(const struct hak_span *span);

/* Convert a time to the first write, in microseconds, into heat. */
uint8_t hak_history_heat(uint64_t us);

/*
 * Note a sample of the given second: a write with this heat, or no write with
 * heat 0.
 */
void hak_history_note(const struct hak_span *span, uint32_t superslab,
		     uint8_t heat, uint32_t second);

/*
 * Forget the heat, because the superslab is not LIVE, or has to be observed
 * anew.
 */
void hak_history_forget(const struct hak_span *span, uint32_t superslab);

/* Count a write by a thread on node `writer` to memory on node `memory`. */
void hak_history_vote(const struct hak_span *span, uint32_t superslab,
		     unsigned writer, unsigned memory);

/*
 * The node with most writes to the superslab, if most writes are remote;
 * otherwise HAK_NO_NODE.
 */
int hak_history_remote_writer(const struct hak_span *span, uint32_t superslab);

/* Is the heat known and above 0? One sample is enough for the answer. */
bool hak_history_is_hot(const struct hak_span *span, uint32_t superslab);

/*
 * Let the kernel take the pages of cold superslabs, in the way of HAKMEM_COLD:
 * superslabs observed before the second `since`, and without a write from then
 * on. A call takes a few hundred.
 */
void hak_history_cool(uint32_t since);
