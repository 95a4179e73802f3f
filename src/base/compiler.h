/* SPDX-License-Identifier: MIT */
/*
 * compiler.h - the compiler attributes of the project, and the only place
 * outside arch/ where the preprocessor chooses between them.
 */
#pragma once

#include <stddef.h>

#define hak_likely(x) __builtin_expect(!!(x), 1)
#define hak_unlikely(x) __builtin_expect(!!(x), 0)

/* Undefined behaviour if false: spares the compiler a comparison. */
#define hak_assume(x) ((x) ? (void)0 : __builtin_unreachable())

#define HAK_EXPORT __attribute__((visibility("default")))
/* Exported, but a program cannot replace or copy the library's own definition. */
#define HAK_PROTECTED __attribute__((visibility("protected")))
/*
 * On declarations: the library itself has the definition, so the compiler needs
 * no lookup through the GOT.
 */
#define HAK_HIDDEN __attribute__((visibility("hidden")))
#define HAK_COLD __attribute__((cold, noinline))
#define HAK_NOINLINE __attribute__((noinline))
#define HAK_INLINE static inline __attribute__((always_inline))
#define HAK_NORETURN __attribute__((noreturn))
#define HAK_INITIAL_EXEC __attribute__((tls_model("initial-exec")))
#define HAK_ALIGNED(n) __attribute__((aligned(n)))
#define HAK_CACHE_LINE 64
/*
 * For variables read by every malloc and free and written only at start. They
 * share a page, however large the library grows.
 */
#define HAK_HOT __attribute__((section("hak_hot")))

#define hak_container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))

/* configure --enable-debug sets HAK_DEBUG. Debug code is `if (HAK_DEBUG)`. */
#ifndef HAK_DEBUG
#define HAK_DEBUG 0
#endif
