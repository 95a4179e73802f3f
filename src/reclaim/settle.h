/* SPDX-License-Identifier: MIT */
/*
 * settle.h - brings spans back to the budget, at the end of a slow path.
 *
 * The thread whose free makes an excess decommits the excess. If there is a keeper,
 * the keeper decommits the excess after the whole delay (decommit.h).
 */
#pragma once

#include "heap/record.h"

/*
 * Superslabs have come back to the span: settle. Calls the kernel, or the keeper.
 * Hold no lock, except in a signal handler: then the note stays.
 */
void hak_settle_span(struct hak_span *span);
void hak_settle_all(void);

/*
 * The same for each span to which superslabs came back since the last call. Under a
 * limit, also decommit or wait for the excess whose note another thread took.
 */
void hak_settle_noted(void);

/* Decommit the warm superslabs of the joinable spans. False: no span is joinable. */
bool hak_settle_join(void);
