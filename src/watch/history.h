/* SPDX-License-Identifier: MIT */
/*
 * history.h - observations of each superslab, on the stats page.
 *
 * A history has a heat: 9 for a write within a millisecond, and one less for each
 * doubling of the time. A history also has the node of most writes. Relaxed atomics:
 * the watcher votes, the keeper writes everything else, anyone reads.
 */
#pragma once

#include "heap/record.h"
#include "base/stats.h"

#include <stdbool.h>
#include <stdint.h>

enum { HAK_HOTTEST = 9 };

/* Allocate histories for all superslabs. False: no memory. Call this once. */
bool hak_history_open(void);

/* Initialise the histories of newly claimed superslabs: nothing observed yet. */
void hak_history_reach(const struct hak_span *span);

/* Convert a time to the first write, in microseconds, into heat. */
uint8_t hak_history_heat(uint64_t us);

/* Note a sample of the given second: a write of this heat; 0: no write. */
void hak_history_note(const struct hak_span *span, uint32_t superslab,
		     uint8_t heat, uint32_t second);

/* Forget the heat: the superslab is not LIVE, or has to be observed anew. */
void hak_history_forget(const struct hak_span *span, uint32_t superslab);

/* Count a write by a thread on node `writer` to memory on node `memory`. */
void hak_history_vote(const struct hak_span *span, uint32_t superslab,
		     unsigned writer, unsigned memory);

/*
 * The node of most writes, if many writes to the superslab are remote; otherwise
 * HAK_NO_NODE.
 */
int hak_history_remote_writer(const struct hak_span *span, uint32_t superslab);

/* Is the heat known and above 0? Few samples are as good as many. */
bool hak_history_is_hot(const struct hak_span *span, uint32_t superslab);

/*
 * Let the kernel take superslabs observed before `since` and not seen written from
 * then on, as HAKMEM_COLD says; a few hundred in a call.
 */
void hak_history_cool(uint32_t since);
