/* SPDX-License-Identifier: MIT */
/*
 * sample.h - a row of LIVE superslabs, write-protected for a moment.
 *
 * The time until the first write to a superslab becomes the superslab's heat
 * (history.h). There are two ways. Either the kernel only notes writes, and the
 * keeper reads the notes. Or the kernel stops the writing thread, and the
 * watcher answers the kernel and notes the thread's node.
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
 * For the keeper: open the descriptors, either to stop writers or to note
 * writes. hak_sample_forget() forgets the descriptors without closing, if the
 * parent owns them or a filter may forbid the close. Without descriptors no row
 * is watched.
 */
enum hak_mode hak_sample_open(bool stop);
void hak_sample_close(void);
void hak_sample_forget(void);

/*
 * For the keeper: choose a row and protect the row. False if there is nothing
 * to watch.
 */
bool hak_sample_begin(void);

/* Is a row watched now, and since when, by hak_clock_us()? */
bool hak_sample_is_open(void);
uint64_t hak_sample_began(void);

/*
 * Note and release the written superslabs. Returns the number of superslabs
 * without a write.
 */
unsigned hak_sample_look(void);

/* End the row, and note the heat. Returns the row and the number of stopped threads. */
struct hak_run hak_sample_end(unsigned *ret_stopped);

/*
 * May the keeper make huge pages? A collapse needs memory, and copies the
 * memory that a child shares.
 */
bool hak_sample_may_collapse(void);

/* For the keeper: stop watching superslabs that the guard is about to arm. */
void hak_sample_let_go(const struct hak_span *span, uint32_t first,
		       uint32_t count);

/* The descriptor from which the watcher reads touches; fd -1: none. */
const struct hak_uffd *hak_sample_uffd(void);
void hak_sample_touched(const struct hak_touch *touch);
