/* SPDX-License-Identifier: MIT */
/*
 * exported.h - every exported function of the library.
 *
 * Some headers of the C library declare the same functions, with attributes.
 * The declarations here have none of these attributes, because with them the compiler
 * would assume that callers pass only valid arguments. dlopen and dlmopen are
 * assembler code (dlopen.c), and are not declared here.
 */
#pragma once

#include "base/compiler.h"

#include "base/page.h" /* declares the calls of hakmem.h */

#include <stddef.h>
#include <stdio.h>

struct mallinfo;
struct mallinfo2;

/* ---- ISO C, POSIX, C23 --------------------------------------------------- */

HAK_EXPORT void *malloc(size_t bytes) HAK_ALIGNED(HAK_CACHE_LINE);
HAK_EXPORT void free(void *block) HAK_ALIGNED(HAK_CACHE_LINE);
HAK_EXPORT void *calloc(size_t count, size_t bytes);
HAK_EXPORT void *realloc(void *block, size_t bytes);
HAK_EXPORT void *reallocarray(void *block, size_t count, size_t bytes);
HAK_EXPORT int posix_memalign(void **ret_block, size_t align, size_t bytes);
HAK_EXPORT void *aligned_alloc(size_t align, size_t bytes);
HAK_EXPORT void free_sized(void *block, size_t bytes);
HAK_EXPORT void free_aligned_sized(void *block, size_t align, size_t bytes);

/* ---- glibc --------------------------------------------------------------- */

HAK_EXPORT void *memalign(size_t align, size_t bytes);
HAK_EXPORT void *valloc(size_t bytes);
HAK_EXPORT void *pvalloc(size_t bytes);
HAK_EXPORT void cfree(void *block);
HAK_EXPORT size_t malloc_usable_size(void *block);
HAK_EXPORT struct mallinfo mallinfo(void);
HAK_EXPORT struct mallinfo2 mallinfo2(void);
HAK_EXPORT int malloc_info(int options, FILE *stream);
HAK_EXPORT void malloc_stats(void);
HAK_EXPORT int malloc_trim(size_t pad);
HAK_EXPORT int mallopt(int parameter, int value);
HAK_EXPORT int prctl(int option, ...);

/* ---- C++ ----------------------------------------------------------------- */

/* C types in place of std::align_val_t, and of a reference to std::nothrow. */
typedef size_t cxx_align;
typedef const void *cxx_nothrow;

HAK_EXPORT void *_Znwm(size_t bytes);
HAK_EXPORT void *_Znam(size_t bytes);
HAK_EXPORT void *_ZnwmRKSt9nothrow_t(size_t bytes, cxx_nothrow nothrow);
HAK_EXPORT void *_ZnamRKSt9nothrow_t(size_t bytes, cxx_nothrow nothrow);
HAK_EXPORT void *_ZnwmSt11align_val_t(size_t bytes, cxx_align align);
HAK_EXPORT void *_ZnamSt11align_val_t(size_t bytes, cxx_align align);
HAK_EXPORT void *_ZnwmSt11align_val_tRKSt9nothrow_t(size_t bytes,
						    cxx_align align,
						    cxx_nothrow nothrow);
HAK_EXPORT void *_ZnamSt11align_val_tRKSt9nothrow_t(size_t bytes,
						    cxx_align align,
						    cxx_nothrow nothrow);
HAK_EXPORT void _ZdlPv(void *block);
HAK_EXPORT void _ZdaPv(void *block);
HAK_EXPORT void _ZdlPvm(void *block, size_t bytes);
HAK_EXPORT void _ZdaPvm(void *block, size_t bytes);
HAK_EXPORT void _ZdlPvRKSt9nothrow_t(void *block, cxx_nothrow nothrow);
HAK_EXPORT void _ZdaPvRKSt9nothrow_t(void *block, cxx_nothrow nothrow);
HAK_EXPORT void _ZdlPvSt11align_val_t(void *block, cxx_align align);
HAK_EXPORT void _ZdaPvSt11align_val_t(void *block, cxx_align align);
HAK_EXPORT void _ZdlPvmSt11align_val_t(void *block, size_t bytes,
				       cxx_align align);
HAK_EXPORT void _ZdaPvmSt11align_val_t(void *block, size_t bytes,
				       cxx_align align);
HAK_EXPORT void _ZdlPvSt11align_val_tRKSt9nothrow_t(void *block,
						    cxx_align align,
						    cxx_nothrow nothrow);
HAK_EXPORT void _ZdaPvSt11align_val_tRKSt9nothrow_t(void *block,
						    cxx_align align,
						    cxx_nothrow nothrow);
