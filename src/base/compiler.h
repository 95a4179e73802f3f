/* SPDX-License-Identifier: MIT */
/*
 * compiler.h - the words of the compiler that the project uses, and the
 * one place outside arch/ where the preprocessor chooses between them.
 */
#pragma once

#include <stddef.h>

#define hak_likely(x) __builtin_expect(!!(x), 1)
#define hak_unlikely(x) __builtin_expect(!!(x), 0)

#define HAK_EXPORT __attribute__((visibility("default")))
/* The same, but the library's own stays the one that everybody has. */
#define HAK_PROTECTED __attribute__((visibility("protected")))
/* On declarations: the definition is in the library, need not be looked up. */
#define HAK_HIDDEN __attribute__((visibility("hidden")))
#define HAK_COLD __attribute__((cold, noinline))
#define HAK_NOINLINE __attribute__((noinline))
#define HAK_INLINE static inline __attribute__((always_inline))
#define HAK_NORETURN __attribute__((noreturn))
#define HAK_INITIAL_EXEC __attribute__((tls_model("initial-exec")))
#define HAK_ALIGNED(n) __attribute__((aligned(n)))
#define HAK_CACHE_LINE 64
/*
 * What every malloc and free reads and start-up alone writes: side by side in one
 * page, however the rest of the library grows.
 */
#define HAK_HOT __attribute__((section("hak_hot")))

#define hak_container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))

/* configure --enable-debug sets it; debug code is `if (HAK_DEBUG)`. */
#ifndef HAK_DEBUG
#define HAK_DEBUG 0
#endif
