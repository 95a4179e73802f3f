/* SPDX-License-Identifier: MIT */
/*
 * calloc.c - blocks that read as zero.
 *
 * Small blocks are always cleared. Medium and large ones need not be where
 * all their memory is as the kernel gave it.
 */
#include "front/front.h"

#include "front/exported.h"

#include <string.h>

void *calloc(size_t count, size_t bytes)
{
	bool zero = false;
	size_t total;
	void *block;

	if (hak_unlikely(__builtin_mul_overflow(count, bytes, &total)))
		return hak_no_memory();
	block = hak_alloc_fast(total);
	if (hak_unlikely(!block))
		block = hak_alloc_any(HAK_ALIGN, total, &zero);
	return block && !zero ? memset(block, 0, total) : block;
}
