/* SPDX-License-Identifier: MIT */
/*
 * cxx.c - operator new and delete in all their forms, without a C++ runtime.
 *
 * They are malloc and free by mangled names. Where there is no memory the
 * C++ runtime's own operator is called, which finds none either and then
 * does what C++ asks for: new_handler, bad_alloc, or a null pointer.
 */
#include "front.h"

#include "fault.h"

#include <dlfcn.h>

/* std::align_val_t, and the address that stands for std::nothrow. */
typedef size_t cxx_align;
typedef const void *cxx_nothrow;

static HAK_COLD void *theirs(const char *name)
{
	void *function = dlsym(RTLD_NEXT, name);

	if (!function)
		hak_fault(HAK_FAULT_NO_MEMORY, NULL, NULL);
	return function;
}

/* C++ takes any power of two; others are undefined, here rounded up. */
static void *alloc_aligned(size_t bytes, cxx_align align)
{
	return hak_alloc_aligned(hak_pow2_up(align), bytes);
}

#define NEW(name) \
	HAK_EXPORT void *name(size_t bytes) \
	{ \
		void *block = hak_alloc_inline(bytes); \
		void *(*other)(size_t); \
\
		if (hak_likely(block)) \
			return block; \
		*(void **)&other = theirs(#name); \
		return other(bytes); \
	}

#define NEW_NOTHROW(name) \
	HAK_EXPORT void *name(size_t bytes, cxx_nothrow nothrow) \
	{ \
		void *block = hak_alloc_inline(bytes); \
		void *(*other)(size_t, cxx_nothrow); \
\
		if (hak_likely(block)) \
			return block; \
		*(void **)&other = dlsym(RTLD_NEXT, #name); \
		return other ? other(bytes, nothrow) : NULL; \
	}

#define NEW_ALIGNED(name) \
	HAK_EXPORT void *name(size_t bytes, cxx_align align) \
	{ \
		void *block = alloc_aligned(bytes, align); \
		void *(*other)(size_t, cxx_align); \
\
		if (hak_likely(block)) \
			return block; \
		*(void **)&other = theirs(#name); \
		return other(bytes, align); \
	}

#define NEW_ALIGNED_NOTHROW(name) \
	HAK_EXPORT void *name(size_t bytes, cxx_align align, \
			      cxx_nothrow nothrow) \
	{ \
		void *block = alloc_aligned(bytes, align); \
		void *(*other)(size_t, cxx_align, cxx_nothrow); \
\
		if (hak_likely(block)) \
			return block; \
		*(void **)&other = dlsym(RTLD_NEXT, #name); \
		return other ? other(bytes, align, nothrow) : NULL; \
	}

/* What a delete is told beside the pointer, the slab map knows better. */
#define DELETE(name) \
	HAK_EXPORT void name(void *block) \
	{ \
		hak_free_inline(block); \
	}

#define DELETE_TOLD(name, ...) \
	HAK_EXPORT void name(void *block, __VA_ARGS__) \
	{ \
		hak_free_inline(block); \
	}

#pragma GCC diagnostic ignored "-Wmissing-prototypes"
#pragma GCC diagnostic ignored "-Wunused-parameter"

NEW(_Znwm)
NEW(_Znam)
NEW_NOTHROW(_ZnwmRKSt9nothrow_t)
NEW_NOTHROW(_ZnamRKSt9nothrow_t)
NEW_ALIGNED(_ZnwmSt11align_val_t)
NEW_ALIGNED(_ZnamSt11align_val_t)
NEW_ALIGNED_NOTHROW(_ZnwmSt11align_val_tRKSt9nothrow_t)
NEW_ALIGNED_NOTHROW(_ZnamSt11align_val_tRKSt9nothrow_t)
DELETE(_ZdlPv)
DELETE(_ZdaPv)
DELETE_TOLD(_ZdlPvm, size_t bytes)
DELETE_TOLD(_ZdaPvm, size_t bytes)
DELETE_TOLD(_ZdlPvRKSt9nothrow_t, cxx_nothrow nothrow)
DELETE_TOLD(_ZdaPvRKSt9nothrow_t, cxx_nothrow nothrow)
DELETE_TOLD(_ZdlPvSt11align_val_t, cxx_align align)
DELETE_TOLD(_ZdaPvSt11align_val_t, cxx_align align)
DELETE_TOLD(_ZdlPvmSt11align_val_t, size_t bytes, cxx_align align)
DELETE_TOLD(_ZdaPvmSt11align_val_t, size_t bytes, cxx_align align)
DELETE_TOLD(_ZdlPvSt11align_val_tRKSt9nothrow_t, cxx_align align,
	    cxx_nothrow nothrow)
DELETE_TOLD(_ZdaPvSt11align_val_tRKSt9nothrow_t, cxx_align align,
	    cxx_nothrow nothrow)
