/* SPDX-License-Identifier: MIT */
/*
 * seed.h - a page behind a span's steps; each new step grows out of the page.
 *
 * At start the library tells the kernel the node of the seed, once. A mapping
 * keeps its policy while growing, so that no step needs another call: later a
 * seccomp filter may kill for the call.
 *
 * Locks   span->lock, except for hak_seed_plant().
 */
#pragma once

#include "heap/record.h"

/* At start: map the seed, if the kernel has to know the node of the span. */
void hak_seed_plant(struct hak_span *span);

/*
 * Map `count` superslabs behind the claimed superslabs, out of the seed.
 * Afterwards the seed lies behind the new superslabs. -EEXIST: a foreign mapping
 * is in the way.
 */
int hak_seed_grow(struct hak_span *span, uint32_t count);

/*
 * Is there a seed to grow from? The library gives up a seed locked by the
 * program: all memory grown from the seed would be locked and populated too.
 */
bool hak_seed_usable(struct hak_span *span);
