/* SPDX-License-Identifier: MIT */
/*
 * seed.h - a page behind a span's steps, from which each new step grows.
 *
 * At start hakmem tells the kernel the node of the seed, once. A mapping that
 * grows keeps its memory policy. So no step needs another call, for which a
 * later seccomp filter might kill.
 *
 * Locks   span->lock, except for hak_seed_plant().
 */
#pragma once

#include "heap/record.h"

/* At start: map the seed, if hakmem has to tell the kernel the node of the span. */
void hak_seed_plant(struct hak_span *span);

/*
 * Map `count` superslabs behind the mapped superslabs, by growing the seed's
 * mapping. Afterwards the seed lies behind the new superslabs. -EEXIST if a
 * foreign mapping is in the way.
 */
int hak_seed_grow(struct hak_span *span, uint32_t count);

/*
 * Has the span a seed? hakmem gives up a seed that the program has locked,
 * because all memory that grows from a locked seed would be locked and
 * populated too.
 */
bool hak_seed_usable(struct hak_span *span);
