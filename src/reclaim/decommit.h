/* SPDX-License-Identifier: MIT */
/*
 * decommit.h - how many empty superslabs of a span go back to the kernel.
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
 * Decommit the empty resident superslabs of the span now, but leave `keep` of them
 * resident. Returns the number decommitted. Returns 0 while another thread is
 * decommitting in the span; hak_decommit_wait() waits for that thread, a second at
 * most.
 */
uint32_t hak_decommit_trim(struct hak_span *span, uint32_t keep);
void hak_decommit_wait(struct hak_span *span);

/* Does another thread decommit superslabs of the span? */
bool hak_decommit_is_anothers(struct hak_span *span);

/*
 * Decommit what the span has over its share of the total. If the span's end is loose,
 * decommit all warm superslabs.
 */
void hak_decommit_excess(struct hak_span *span, enum hak_total total);

/* Do warm superslabs at the span's end keep too many addresses? */
bool hak_decommit_is_loose(struct hak_span *span);

/*
 * For the keeper: check all spans, with the calls that `self` allows.
 * `pressed`: memory is short; all empty superslabs go at once, and the free units
 * of sparse superslabs. Returns milliseconds until the next tick; HAK_NEVER: the
 * keeper will be woken.
 */
uint32_t hak_decommit_tick(enum hak_self self, bool pressed);

/*
 * For the keeper: is so much left to give in a shortage that the keeper should stay
 * to hear of the shortage?
 */
bool hak_decommit_worth(void);
