/* SPDX-License-Identifier: MIT */
/*
 * decommit.h - when empty superslabs go back to the kernel; purge.h has the method.
 *
 * budget.h decides how many empty superslabs stay resident. The thread whose free
 * makes an excess decommits the excess. If there is a keeper, the keeper decommits
 * the excess after the whole delay.
 */
#pragma once

#include "heap/record.h"

/*
 * Superslabs have come back to the span: settle. Calls the kernel, or the keeper.
 * Hold no lock, except in a signal handler: then the note stays.
 */
void hak_decommit_settle(struct hak_span *span);
void hak_decommit_settle_all(void);

/*
 * The same for each span to which superslabs came back since the last call. Under a
 * limit, also decommit or wait for the excess whose note another thread took.
 */
void hak_decommit_settle_noted(void);

/* Decommit the warm superslabs of the joinable spans. False: no span is joinable. */
bool hak_decommit_join(void);

/*
 * Decommit warm superslabs beyond `keep` now. Returns how many went. Returns 0
 * while another thread is decommitting in the span; hak_decommit_wait() waits for
 * that thread, a second at most.
 */
uint32_t hak_decommit_trim(struct hak_span *span, uint32_t keep);
void hak_decommit_wait(struct hak_span *span);

/*
 * For the keeper: check all spans. `filtered`: a seccomp filter is in force.
 * `pressed`: memory is short; all empty superslabs go at once, and the free units
 * of sparse superslabs. Returns milliseconds until the next tick; HAK_NEVER: the
 * keeper will be woken.
 */
uint32_t hak_decommit_tick(bool filtered, bool pressed);

/*
 * For the keeper: is so much left to give in a shortage that the keeper should stay
 * to hear of the shortage?
 */
bool hak_decommit_worth(void);

/*
 * For a fork child: superslabs under decommit have unknown contents.
 * hak_decommit_look_for_fork() detects a child without fork handlers. Call the
 * function before each wait.
 */
void hak_decommit_after_fork(void);
void hak_decommit_look_for_fork(void);
