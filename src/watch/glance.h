/* SPDX-License-Identifier: MIT */
/*
 * glance.h - what has been observed of each superslab, on the stats page.
 *
 * A glance has a heat, 9 for what was written within a millisecond, and one less
 * for each doubling of that; and the node that most of its writes came from.
 * Relaxed atomics: the watcher votes, the keeper does the rest, anyone reads.
 */
#pragma once

#include "heap/span.h"
#include "base/stats.h"

#include <stdbool.h>
#include <stdint.h>

enum { HAK_HOTTEST = 9 };

/* Room for all; false: no memory. Once. */
bool hak_glances_open(void);

/* So far the span is claimed: what is new has not been seen. */
void hak_glance_reach(const struct hak_span *span);

/* By how soon it was written, in microseconds. */
uint8_t hak_glance_heat(uint64_t us);

/* It was written so soon, in that second; heat 0: it was not. */
void hak_glance_note(const struct hak_span *span, uint32_t superslab,
		     uint8_t heat, uint32_t second);

/* It is not LIVE, or is to be seen anew. */
void hak_glance_forget(const struct hak_span *span, uint32_t superslab);

/* A thread on node `writer` wrote what lies on node `memory`. */
void hak_glance_vote(const struct hak_span *span, uint32_t superslab,
		     unsigned writer, unsigned memory);

/*
 * The node that writes it for the most part, where it does not lie; HAK_NO_NODE:
 * it is not written from elsewhere that much.
 */
int hak_glance_astray(const struct hak_span *span, uint32_t superslab);

/* Has it been seen written of late, by many samples or by few? */
bool hak_glance_warm(const struct hak_span *span, uint32_t superslab);

/*
 * The kernel may take those that were seen, and not seen written since that
 * second, as HAKMEM_COLD says; a few hundred at once.
 */
void hak_glances_cool(uint32_t since);
