/* SPDX-License-Identifier: MIT */
/*
 * decommit.h - when what is empty goes back to the kernel; purge.h has how.
 *
 * How many empty superslabs stay resident says budget.h. What is over that is
 * given by the thread whose free made it so; or, where there is a keeper, by
 * that, once it has been over for the whole delay.
 */
#pragma once

#include "heap/span.h"

/*
 * Superslabs have come back to the span. Calls the kernel, or the keeper; with
 * no lock held.
 */
void hak_decommit_settle(struct hak_span *span);
void hak_decommit_settle_all(void);

/* The same of the spans to which superslabs came back since it was called last. */
void hak_decommit_settle_noted(void);

/* What is warm of the spans goes that are joinable. False: none is. */
bool hak_decommit_join(void);

/*
 * Warm superslabs beyond `keep` go to the kernel now. Returns how many went: none
 * while another thread gives back some of this span, for which one can wait: a
 * second at most.
 */
uint32_t hak_decommit_trim(struct hak_span *span, uint32_t keep);
void hak_decommit_wait(struct hak_span *span);

/*
 * The keeper's look at all spans. `filtered`: a seccomp filter is in force;
 * `pressed`: memory is short, and all that is empty goes at once, with what is
 * free of sparse superslabs. Returns the milliseconds until the next; HAK_NEVER if
 * the keeper will be woken.
 */
uint32_t hak_decommit_tick(bool filtered, bool pressed);

/*
 * The keeper's: is so much left to give when memory is short that it should stay to
 * hear of that?
 */
bool hak_decommit_worth(void);

/*
 * In a fork child: what a decommit had in hand has unknown contents. Is this one of
 * which no handler told? Asked where something would be waited for.
 */
void hak_decommit_after_fork(void);
void hak_decommit_look_for_fork(void);
