/* SPDX-License-Identifier: MIT */
/*
 * seed.h - a page behind a span's steps from which they grow in place.
 *
 * The kernel is told once, at start, where a node's memory is to lie: of its
 * seed. What a mapping grows by is as the mapping is, so that no step has to be
 * told of: later that may be forbidden, by a filter that kills.
 *
 * Locks   span->lock, but for hak_seed_plant().
 */
#pragma once

#include "heap/span.h"

/* At start: the seed, if what lies on this span's node is to be told so. */
void hak_seed_plant(struct hak_span *span);

/*
 * Maps `count` superslabs behind those that are claimed, from the seed, which
 * then lies behind them. -EEXIST: somebody has mapped something there.
 */
int hak_seed_grow(struct hak_span *span, uint32_t count);

/*
 * Is there a seed to grow from? One that the program has locked is given up: all
 * that grew from it would be locked, and populated.
 */
bool hak_seed_usable(struct hak_span *span);
