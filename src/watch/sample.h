/* SPDX-License-Identifier: MIT */
/*
 * sample.h - a row of LIVE superslabs, write-protected for a moment.
 *
 * The time until the first write to a superslab becomes the superslab's heat
 * (history.h). Either the kernel only notes writes, and the keeper looks. Or the kernel
 * stops the writer, and the watcher answers and counts the writer's node.
 */
#pragma once

#include "heap/record.h"
#include "os/uffd.h"
#include "base/atomic.h"
#include "base/page.h"
#include "base/stats.h"

#include <stdbool.h>
#include <stdint.h>

/* Does the kernel stop writers? */
static inline bool hak_sample_stops(void)
{
	return hak_read_once(&hak_stats_page.locality) == HAK_MODE_ON;
}

/*
 * For the keeper: open the descriptors, to stop writers or to note writes. Forget the
 * descriptors without closing, if the parent owns them or a filter may forbid the
 * close. Without descriptors no row is watched.
 */
enum hak_mode hak_sample_open(bool stop);
void hak_sample_close(void);
void hak_sample_forget(void);

/* For the keeper: choose a row and protect the row. False: there is none. */
bool hak_sample_begin(void);

/* Is a row watched now, and since when, by hak_clock_us()? */
bool hak_sample_is_open(void);
uint64_t hak_sample_began(void);

/*
 * Note and release written superslabs. Returns how many are without a write.
 */
unsigned hak_sample_look(void);

/* End the row, and note the heat. Returns the row and the number of stopped threads. */
struct hak_run hak_sample_end(unsigned *ret_stopped);

/* A collapse copies memory shared with a child, and needs memory. */
bool hak_sample_may_collapse(void);

/* For the keeper: stop watching superslabs that are about to be guarded. */
void hak_sample_let_go(const struct hak_span *span, uint32_t first,
		       uint32_t count);

/* The descriptor from which the watcher reads touches; fd -1: none. */
const struct hak_uffd *hak_sample_uffd(void);
void hak_sample_touched(const struct hak_touch *touch);
