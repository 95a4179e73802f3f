/* SPDX-License-Identifier: MIT */
/*
 * leftover.h - finds and clears a program's settings on the mapping of a freed
 * block.
 */
#pragma once

#include "heap/record.h"

/*
 * Has a program changed settings of a freed block's mapping by mlock, mprotect,
 * madvise, mbind or another call? True also for some unchanged blocks at the
 * border of two mappings. Calls the kernel, usually once. Call this with no
 * lock held.
 */
bool hak_leftover(const struct hak_run *run);

/*
 * Map each of these INFLIGHT superslabs anew that consists of several mappings,
 * because then a program has changed the settings of a block in the superslab. At
 * this point the superslabs hold no blocks and no pages.
 */
void hak_leftover_clear(struct hak_span *span, uint32_t first, uint32_t count);

/*
 * Map an INFLIGHT superslab anew. False on failure: then the superslab has its
 * old mapping, made writable again, or is lost. A superslab is lost if a kernel
 * before 6.12 has removed the old mapping and has no memory for the new
 * mapping.
 */
bool hak_leftover_renew(struct hak_span *span, uint32_t index);

/*
 * Is the superslab lost? If so, the state becomes NONE, and hakmem never lends the
 * superslab again, neither in this process nor in a fork child.
 */
bool hak_leftover_lost_locked(struct hak_span *span, uint32_t index)
	HAK_REQUIRES(span->lock);
