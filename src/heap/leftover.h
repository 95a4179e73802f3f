/* SPDX-License-Identifier: MIT */
/*
 * leftover.h - finds and clears a program's settings on the mapping of a freed
 * block.
 */
#pragma once

#include "heap/record.h"

/*
 * Has a program changed the mapping of a freed block, or of a part of the block:
 * by mlock, mprotect, madvise, mbind or any other call? True also for some
 * unchanged blocks at the border of two mappings. Calls the kernel, usually
 * once. Call with no lock held.
 */
bool hak_leftover(const struct hak_run *run);

/*
 * Map an INFLIGHT superslab anew if the superslab is several mappings: a program
 * has changed the mapping of a small block. The superslabs hold no blocks and no
 * pages now.
 */
void hak_leftover_clear(struct hak_span *span, uint32_t first, uint32_t count);

/*
 * Map an INFLIGHT superslab anew. False on failure: then the superslab has the
 * old mapping, writable again, or is lost. A kernel before 6.12 leaves a hole if
 * there is no memory to replace a mapping.
 */
bool hak_leftover_renew(struct hak_span *span, uint32_t index);

/*
 * Is the superslab lost? If so, nobody ever gets the superslab again, neither here
 * nor in a fork child.
 */
bool hak_leftover_lost_locked(struct hak_span *span, uint32_t index)
	HAK_REQUIRES(span->lock);
