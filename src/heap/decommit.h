/* SPDX-License-Identifier: MIT */
/*
 * decommit.h - what is empty goes back to the kernel: how much, when, and how.
 *
 * A span keeps so many empty superslabs resident as policy.h says. What is
 * over that is given by the thread whose free made it so; or, where there is
 * a keeper, by that, once it has been over for the whole delay.
 */
#pragma once

#include "span.h"

enum { HAK_NEVER = UINT32_MAX };

/* Warm superslabs of a span have become so many more, or fewer. */
void hak_decommit_count_locked(struct hak_span *span, int32_t more);

/* Cold ones are being lent, which might have been kept. */
void hak_decommit_missed_locked(const struct hak_run *run);

/*
 * Superslabs have come back to the span. Calls the kernel, or the keeper; with
 * no lock held.
 */
void hak_decommit_settle(struct hak_span *span);

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
 * the bell will ring.
 */
uint32_t hak_decommit_tick(bool filtered, bool pressed);

/* What the process may have: empty superslabs are kept only well below that. */
void hak_decommit_limit(uint64_t bytes);

/* In a fork child: what a decommit had in hand has unknown contents. */
void hak_decommit_after_fork(void);
