/* SPDX-License-Identifier: MIT */
/*
 * leftover.h - what a program told the kernel of a block, when it is freed.
 */
#pragma once

#include "heap/span.h"

/*
 * Is the mapping of a freed block other than it was lent: by mlock, mprotect,
 * madvise, mbind or whatever else, on all of it or on a part? It may also say so
 * of one that only lies where two mappings meet. Calls the kernel, once as a
 * rule; with no lock held.
 */
bool hak_leftover(const struct hak_run *run);

/*
 * Maps INFLIGHT superslabs anew that are several mappings: what was told the
 * kernel of a small block, of which they hold none any more. They have no pages.
 */
void hak_leftover_clear(struct hak_span *span, uint32_t first, uint32_t count);

/*
 * Maps an INFLIGHT superslab anew; false if it is not. Then it is as it was, but may
 * be written, or it is lost: kernels before 6.12 leave a hole if they find no memory
 * for a mapping that replaces another.
 */
bool hak_leftover_renew(struct hak_span *span, uint32_t index);

/* One that is lost nobody ever has again, nor does a fork child. */
bool hak_leftover_lost_locked(struct hak_span *span, uint32_t index);
