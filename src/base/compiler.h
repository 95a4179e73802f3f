/* SPDX-License-Identifier: MIT */
/*
 * compiler.h - the compiler attributes of the project.
 *
 * Outside arch/, only this file and hakmem.h contain an #if.
 */
#pragma once

#include <stddef.h>

#define hak_likely(x) __builtin_expect(!!(x), 1)
#define hak_unlikely(x) __builtin_expect(!!(x), 0)

/*
 * Promise the compiler that x is true, so that the compiler may drop a comparison. If x
 * is false, the behaviour is undefined.
 */
#define hak_assume(x) ((x) ? (void)0 : __builtin_unreachable())

#define HAK_EXPORT __attribute__((visibility("default")))
/* The symbol is exported, but a program can neither replace nor copy its definition. */
#define HAK_PROTECTED __attribute__((visibility("protected")))
/*
 * For a declaration. The definition is in the library and not exported, so the compiler
 * addresses it directly and not through the GOT.
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
 * For variables that every malloc or free reads, and that hardly ever change. The section
 * keeps them together in a page, however large the library grows.
 */
#define HAK_HOT __attribute__((section("hak_hot")))

/*
 * Attributes that say which locks a function takes or needs. clang checks them
 * (-Wthread-safety), and other compilers do not know them. An attribute of a function
 * stands behind the parameters, so that it can name them, as in HAK_REQUIRES(span->lock).
 */
#ifdef __clang__
#define HAK_CHECKS_LOCKS 1
#define HAK_CLANG(attribute) __attribute__((attribute))
#else
#define HAK_CHECKS_LOCKS 0
#define HAK_CLANG(attribute)
#endif
#define HAK_CAPABILITY(name) HAK_CLANG(capability(name))
/* The caller must hold the lock. */
#define HAK_REQUIRES(lock) HAK_CLANG(requires_capability(lock))
/*
 * HAK_ACQUIRES: the function takes the lock. HAK_TRY_ACQUIRES: the function takes the
 * lock if it returns `value`. HAK_RELEASES: the function drops the lock.
 */
#define HAK_ACQUIRES(lock) HAK_CLANG(acquire_capability(lock))
#define HAK_TRY_ACQUIRES(value, lock) \
	HAK_CLANG(try_acquire_capability(value, lock))
#define HAK_RELEASES(lock) HAK_CLANG(release_capability(lock))
/*
 * The function checks that the caller holds the lock, and ends the process otherwise;
 * the function takes no lock.
 */
#define HAK_ASSERTS(lock) HAK_CLANG(assert_capability(lock))
/* For a variable: only the holder of the lock reads and writes the variable. */
#define HAK_GUARDED_BY(lock) HAK_CLANG(guarded_by(lock))
/*
 * clang does not check this function, because clang cannot follow its locks. A comment at
 * the function gives the reason.
 */
#define HAK_UNCHECKED_LOCKS HAK_CLANG(no_thread_safety_analysis)

#define hak_container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))

/* configure --enable-debug sets HAK_DEBUG. Debug code stands behind `if (HAK_DEBUG)`. */
#ifndef HAK_DEBUG
#define HAK_DEBUG 0
#endif

/* configure --enable-counts sets HAK_COUNTS, for the counters of count.h. */
#ifndef HAK_COUNTS
#define HAK_COUNTS 0
#endif
