/* SPDX-License-Identifier: MIT */
/*
 * sample.h - a row of LIVE superslabs, write-protected for a moment.
 *
 * The time until the first write to a superslab becomes the superslab's heat
 * (history.h). There are two ways. Either the kernel only marks written pages in
 * the page tables, and the keeper reads these marks. Or the kernel stops the
 * writing thread, and the watcher answers the kernel and counts the write for the
 * thread's node.
 */
#pragma once

#include "heap/record.h"
#include "os/uffd.h"
#include "base/atomic.h"
#include "base/page.h"
#include "base/stats.h"

#include <stdbool.h>
#include <stdint.h>

/* Does the kernel stop a thread that writes to a superslab of the row? */
static inline bool hak_sample_stops(void)
{
	return hak_read_once(&hak_stats_page.locality) == HAK_MODE_ON;
}

/*
 * For the keeper: open the descriptors by which the kernel shows writes. With `stop`
 * the kernel stops writing threads, otherwise it only marks written pages. Without
 * descriptors no row is watched. hak_sample_forget() forgets the descriptors without
 * closing them: in a fork child they belong to the parent, and a seccomp filter may
 * forbid the close.
 */
enum hak_mode hak_sample_open(bool stop);
void hak_sample_close(void);
void hak_sample_forget(void);

/*
 * For the keeper: choose a row of superslabs and write-protect it. False if there is no
 * superslab to watch.
 */
bool hak_sample_begin(void);

/* Is a row watched now? hak_sample_began() tells since when, by hak_clock_us(). */
bool hak_sample_is_open(void);
uint64_t hak_sample_began(void);

/*
 * Find the superslabs written since the last call, keep their heat, and end their write
 * protection. Returns the number of superslabs without a write so far.
 */
unsigned hak_sample_look(void);

/*
 * End the row, and add the heat of each superslab to the history. Returns the row, and
 * the number of threads that the kernel stopped.
 */
struct hak_run hak_sample_end(unsigned *ret_stopped);

/*
 * May the keeper make huge pages? Not when memory is short, because this needs memory.
 * Not soon after a fork, because this would copy memory that a child shares.
 */
bool hak_sample_may_collapse(void);

/*
 * For the keeper: end the write protection of superslabs that the guard is about to
 * arm.
 */
void hak_sample_let_go(const struct hak_span *span, uint32_t first,
		       uint32_t count);

/*
 * The userfaultfd from which the watcher reads writes to the row; its fd is -1 if there
 * is none. hak_sample_touched() answers such a write.
 */
const struct hak_uffd *hak_sample_uffd(void);
void hak_sample_touched(const struct hak_touch *touch);
