/* SPDX-License-Identifier: MIT */
/*
 * meta.h - memory for the allocator's own records, on the node they describe.
 *
 * What is taken stays: records are reused by their kind, never unmapped.
 */
#pragma once

#include "heap/span.h"

#include <stddef.h>

enum { HAK_META_BYTES = 1 << 30 }; /* of addresses, for each span */

/* Zeroes at a cache line's start, or NULL. */
void *hak_meta_alloc(struct hak_span *span, size_t bytes);

/* Once, on the initialising thread. */
void hak_meta_init(void);
