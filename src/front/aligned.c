/* SPDX-License-Identifier: MIT */
/*
 * aligned.c - blocks at aligned addresses.
 *
 * Up to the alignment of a unit, some size class has all its blocks aligned. Up to half
 * a superslab the block is a row of units, and beyond a row of superslabs. So the
 * returned address is always the start of a block, and free needs no search.
 */
#include "front/front.h"

#include "front/exported.h"
#include "front/malloc.h"
#include "base/bits.h"

#include <errno.h>
#include <stdint.h>

void *hak_alloc_aligned(size_t align, size_t bytes)
{
	bool zero;

	return hak_alloc_any(align > HAK_ALIGN ? align : HAK_ALIGN, bytes,
			     &zero);
}

void *aligned_alloc(size_t align, size_t bytes)
{
	if (!hak_is_pow2(align))
		return hak_refuse(EINVAL);
	return hak_alloc_aligned(align, bytes);
}

/* The C library's memalign rounds the alignment up to a power of two; so does this. */
void *memalign(size_t align, size_t bytes)
{
	if (align > (size_t)1 << 63)
		return hak_refuse(EINVAL);
	return hak_alloc_aligned(hak_pow2_up(align), bytes);
}

int posix_memalign(void **ret_block, size_t align, size_t bytes)
{
	bool zero;
	void *block;

	if (!hak_is_pow2(align) || align % sizeof(void *))
		return EINVAL;
	block = hak_alloc_silent(align > HAK_ALIGN ? align : HAK_ALIGN, bytes,
				 &zero);
	if (!block)
		return ENOMEM;
	*ret_block = block;
	return 0;
}

void *valloc(size_t bytes)
{
	return hak_init() ? hak_alloc_aligned(hak_window.page, bytes) :
			    hak_no_memory();
}

void *pvalloc(size_t bytes)
{
	if (!hak_init() || bytes > PTRDIFF_MAX)
		return hak_no_memory();
	bytes = hak_round_up(bytes ? bytes : 1, hak_window.page);
	return hak_alloc_aligned(hak_window.page, bytes);
}
