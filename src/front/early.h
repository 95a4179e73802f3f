/* SPDX-License-Identifier: MIT */
/*
 * early.h - blocks for who asks before the loader has relocated the library.
 *
 * The loader relocates libraries from the last to the first, so a resolver of an
 * indirect function in a library behind this one may call malloc before any name
 * of libc's can be called from here, errno among them.
 */
#pragma once

#include "base/compiler.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Its own address, once it has been relocated. */
extern void *volatile hak_early_self HAK_HIDDEN;

HAK_INLINE bool hak_is_relocated(void)
{
	return hak_likely(hak_early_self == &hak_early_self);
}

/* Reads as zero; align is a power of two. NULL when the few there are are used. */
HAK_COLD void *hak_early_alloc(size_t align, size_t bytes);

/* Such blocks are never used again, and freeing them does nothing. */
extern uintptr_t hak_early_base HAK_HIDDEN; /* 0: there are none */

enum { HAK_EARLY_BYTES = 16 << 20 };

static inline bool hak_early_has(const void *block)
{
	return hak_unlikely(hak_early_base &&
			    (uintptr_t)block - hak_early_base <
				    HAK_EARLY_BYTES);
}

size_t hak_early_usable(const void *block);

/* As memcpy, which is libc's. */
void hak_early_copy(void *to, const void *from, size_t bytes);
