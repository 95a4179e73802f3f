/* SPDX-License-Identifier: MIT */
/*
 * cxx.c - operator new and delete in all forms, without a C++ runtime.
 *
 * The operators are malloc and free under mangled names. If hakmem has no memory, hakmem
 * calls the operator new of the caller's C++ runtime. The runtime calls malloc, fails
 * too, and then follows the C++ rules: new_handler, bad_alloc, or a null pointer.
 */
#include "front/early.h"
#include "front/exported.h"
#include "front/front.h"
#include "front/malloc.h"
#include "front/runtime.h"
#include "base/bits.h"
#include "base/fault.h"

#include <stdint.h>

/*
 * The C++ runtime's own operator new with the given mangled name. `name` is a form
 * that throws bad_alloc. The process ends if the runtime has no such operator.
 */
static HAK_COLD void *theirs(const char *name, const void *caller)
{
	void *function = hak_runtime_find(name, caller);

	if (!function)
		hak_fault(HAK_FAULT_NO_MEMORY, NULL, NULL);
	return function;
}

/*
 * C++ allows only powers of two as alignments. For other alignments the behaviour is
 * undefined; hakmem rounds them up.
 */
static void *alloc_aligned(size_t bytes, cxx_align align)
{
	return hak_alloc_aligned(hak_pow2_up(align), bytes);
}

/*
 * hakmem's two basic forms of operator new, under names that a program cannot replace.
 *
 * A program may replace only some forms of new and delete. By the C++ standard the other
 * default forms then call the program's form. So each form here calls a more basic form
 * by its exported name, which leads to the program's form or to hakmem's.
 */
extern void *hak_new(size_t bytes) HAK_HIDDEN;
extern void *hak_new_aligned(size_t bytes, cxx_align align) HAK_HIDDEN;

/*
 * True if the program has not replaced the function. Before the loader has relocated
 * hakmem, the exported name has no valid address, so hakmem uses its own function.
 */
#define IS_OURS(name, ours) (hak_likely(name == ours) || !hak_is_relocated())

/*
 * The size for the runtime's operator new after hakmem has failed. A runtime rounds the
 * size up to the alignment, and a size near SIZE_MAX would overflow to a small size. So
 * limit the size to PTRDIFF_MAX, with which malloc fails too.
 */
static size_t hopeless(size_t bytes)
{
	return bytes < PTRDIFF_MAX ? bytes : PTRDIFF_MAX;
}

static HAK_COLD void *fail(size_t bytes, const void *caller)
{
	void *(*other)(size_t);

	*(void **)&other = theirs("_Znwm", caller);
	return other(bytes);
}

static HAK_COLD void *fail_aligned(size_t bytes, cxx_align align,
				   const void *caller)
{
	void *(*other)(size_t, cxx_align);

	*(void **)&other = theirs("_ZnwmSt11align_val_t", caller);
	return other(hopeless(bytes), align);
}

void *_Znwm(size_t bytes)
{
	void *block = hak_alloc_inline(bytes);

	return hak_likely(block) ? block :
				   fail(bytes, __builtin_return_address(0));
}

extern __typeof__(_Znwm) hak_new __attribute__((alias("_Znwm")));

void *_ZnwmSt11align_val_t(size_t bytes, cxx_align align)
{
	void *block = alloc_aligned(bytes, align);

	return hak_likely(block) ? block :
				   fail_aligned(bytes, align,
						__builtin_return_address(0));
}

extern __typeof__(_ZnwmSt11align_val_t) hak_new_aligned
	__attribute__((alias("_ZnwmSt11align_val_t")));

void *_Znam(size_t bytes)
{
	void *block;

	if (!IS_OURS(_Znwm, hak_new))
		return _Znwm(bytes);
	block = hak_alloc_inline(bytes);
	return hak_likely(block) ? block :
				   fail(bytes, __builtin_return_address(0));
}

void *_ZnamSt11align_val_t(size_t bytes, cxx_align align)
{
	void *block;

	if (!IS_OURS(_ZnwmSt11align_val_t, hak_new_aligned))
		return _ZnwmSt11align_val_t(bytes, align);
	block = alloc_aligned(bytes, align);
	return hak_likely(block) ? block :
				   fail_aligned(bytes, align,
						__builtin_return_address(0));
}

/*
 * If hakmem has no memory, call the C++ runtime's form, because this form catches the
 * exceptions of the program's new_handler.
 */
#define NEW_NOTHROW(name) \
	void *name(size_t bytes, cxx_nothrow nothrow) \
	{ \
		void *(*other)(size_t, cxx_nothrow); \
		void *block = NULL; \
\
		if (IS_OURS(_Znwm, hak_new)) \
			block = hak_alloc_inline(bytes); \
		if (hak_likely(block)) \
			return block; \
		*(void **)&other = hak_runtime_find( \
			#name, __builtin_return_address(0)); \
		return other ? other(bytes, nothrow) : NULL; \
	}

#define NEW_ALIGNED_NOTHROW(name) \
	void *name(size_t bytes, cxx_align align, cxx_nothrow nothrow) \
	{ \
		void *(*other)(size_t, cxx_align, cxx_nothrow); \
		void *block = NULL; \
\
		if (IS_OURS(_ZnwmSt11align_val_t, hak_new_aligned)) \
			block = alloc_aligned(bytes, align); \
		if (hak_likely(block)) \
			return block; \
		*(void **)&other = hak_runtime_find( \
			#name, __builtin_return_address(0)); \
		return other ? other(hopeless(bytes), align, nothrow) : NULL; \
	}

NEW_NOTHROW(_ZnwmRKSt9nothrow_t)
NEW_NOTHROW(_ZnamRKSt9nothrow_t)
NEW_ALIGNED_NOTHROW(_ZnwmSt11align_val_tRKSt9nothrow_t)
NEW_ALIGNED_NOTHROW(_ZnamSt11align_val_tRKSt9nothrow_t)

void _ZdlPv(void *block)
{
	hak_free_inline(block);
}

void _ZdlPvSt11align_val_t(void *block, cxx_align align)
{
	(void)align;
	hak_free_inline(block);
}

/* Ignore the further arguments of delete, because the slab map knows the size. */
#define DELETE(name, basic, ...) \
	void name(void *block __VA_OPT__(, ) __VA_ARGS__) \
	{ \
		basic(block); \
	}

#define DELETE_ALIGNED(name, basic, ...) \
	void name(void *block, __VA_ARGS__) \
	{ \
		basic(block, align); \
	}

#pragma GCC diagnostic ignored "-Wunused-parameter"

DELETE(_ZdaPv, _ZdlPv)
DELETE(_ZdlPvm, _ZdlPv, size_t bytes)
DELETE(_ZdaPvm, _ZdaPv, size_t bytes)
DELETE(_ZdlPvRKSt9nothrow_t, _ZdlPv, cxx_nothrow nothrow)
DELETE(_ZdaPvRKSt9nothrow_t, _ZdaPv, cxx_nothrow nothrow)
DELETE_ALIGNED(_ZdaPvSt11align_val_t, _ZdlPvSt11align_val_t, cxx_align align)
DELETE_ALIGNED(_ZdlPvmSt11align_val_t, _ZdlPvSt11align_val_t, size_t bytes,
	       cxx_align align)
DELETE_ALIGNED(_ZdaPvmSt11align_val_t, _ZdaPvSt11align_val_t, size_t bytes,
	       cxx_align align)
DELETE_ALIGNED(_ZdlPvSt11align_val_tRKSt9nothrow_t, _ZdlPvSt11align_val_t,
	       cxx_align align, cxx_nothrow nothrow)
DELETE_ALIGNED(_ZdaPvSt11align_val_tRKSt9nothrow_t, _ZdaPvSt11align_val_t,
	       cxx_align align, cxx_nothrow nothrow)
