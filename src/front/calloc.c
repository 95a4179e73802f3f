/* SPDX-License-Identifier: MIT */
/*
 * calloc.c - zeroed blocks.
 *
 * calloc always clears small blocks. A medium or large block needs no clearing if the
 * program has not written to its pages since the kernel gave them.
 */
#include "front/malloc.h"

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
		block = hak_alloc_zero(total, &zero);
	return block && !zero ? memset(block, 0, total) : block;
}
