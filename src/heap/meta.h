/* SPDX-License-Identifier: MIT */
/*
 * meta.h - memory for the allocator's own records, on the node of each record.
 *
 * Records are never unmapped; a new record of the same kind reuses the memory.
 */
#pragma once

#include "heap/record.h"

#include <stddef.h>

enum { HAK_META_BYTES = 1 << 30 }; /* addresses for the records of a span */

/* Returns zeroed memory that starts at a cache line, or NULL. */
void *hak_meta_alloc(struct hak_span *span, size_t bytes);

/* Call this once, on the thread that opens the heap. */
void hak_meta_init(void);
