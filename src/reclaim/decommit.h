/* SPDX-License-Identifier: MIT */
/*
 * decommit.h - the number of empty superslabs of a span that go to the kernel.
 *
 * budget.h decides how many empty superslabs stay resident. Threads of the program
 * decommit through settle.h, the keeper in hak_decommit_tick(). purge.h has the
 * method.
 */
#pragma once

#include "reclaim/budget.h"
#include "heap/record.h"
#include "os/self.h"

/*
 * Decommit the empty resident superslabs of the span now, except for `keep`
 * superslabs. Returns the number of decommitted superslabs. Returns 0 while another
 * thread is decommitting in the span; hak_decommit_wait() waits until that thread
 * has ended, for a second at most.
 */
uint32_t hak_decommit_trim(struct hak_span *span, uint32_t keep);
void hak_decommit_wait(struct hak_span *span);

/* Is another thread decommitting superslabs of the span? */
bool hak_decommit_is_anothers(struct hak_span *span);

/*
 * Decommit the warm (empty and resident) superslabs over the span's share of the
 * total. If the end of the span is loose (see below), decommit all warm superslabs.
 */
void hak_decommit_excess(struct hak_span *span, enum hak_total total);

/*
 * Is the end of the span loose? This means that empty resident superslabs there
 * keep very many free addresses mapped.
 */
bool hak_decommit_is_loose(struct hak_span *span);

/*
 * For the keeper: check all spans, with the system calls that `self` allows. If
 * memory is short (`pressed`), all empty superslabs go at once, and the free units
 * of sparse superslabs. Returns the milliseconds until the keeper has to call
 * again; HAK_NEVER if a thread will wake the keeper before.
 */
uint32_t hak_decommit_tick(enum hak_self self, bool pressed);

/*
 * For the keeper: is there so much memory to give back that the keeper should stay
 * and wait for a memory shortage?
 */
bool hak_decommit_worth(void);
