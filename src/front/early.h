/* SPDX-License-Identifier: MIT */
/*
 * early.h - blocks for callers before the loader has relocated the library.
 *
 * The loader relocates libraries from the last to the first. A library behind
 * hakmem may have a resolver of an indirect function that calls malloc before
 * hakmem is relocated. At this time hakmem can use no name of libc, not even
 * errno.
 */
#pragma once

#include "base/compiler.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Once the loader has relocated the library, the variable contains its own address.
 * Before, it contains another value.
 */
extern void *volatile hak_early_self HAK_HIDDEN;

HAK_INLINE bool hak_is_relocated(void)
{
	return hak_likely(hak_early_self == &hak_early_self);
}

/*
 * Allocate a zeroed block; align is a power of two. NULL if the mapping of early blocks
 * has no room. free ignores early blocks, and their memory is never used again.
 */
HAK_COLD void *hak_early_alloc(size_t align, size_t bytes);

/* The start of the mapping with all early blocks; 0: no mapping yet. */
extern uintptr_t hak_early_base HAK_HIDDEN;

enum { HAK_EARLY_BYTES = 16 << 20 };

static inline bool hak_early_has(const void *block)
{
	return hak_unlikely(hak_early_base &&
			    (uintptr_t)block - hak_early_base <
				    HAK_EARLY_BYTES);
}

size_t hak_early_usable(const void *block);

/* Like memcpy, which belongs to libc and cannot be called before relocation. */
void hak_early_copy(void *to, const void *from, size_t bytes);
