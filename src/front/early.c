/* SPDX-License-Identifier: MIT */
/*
 * early.c - blocks for callers before the loader has relocated the library.
 *
 * Owns    a mapping. Blocks come from the mapping's start upwards, and never go back.
 * Locks   none, because a single thread loads a program.
 * Calls   map.h, which makes system calls without libc.
 */
#include "front/early.h"

#include "heap/layout.h"
#include "os/map.h"
#include "base/bits.h"

void *volatile hak_early_self = (void *)&hak_early_self;

uintptr_t hak_early_base;
static size_t used; /* bytes from the base to the end of the last block */

/* Lies in front of each block, and is as long as the alignment of blocks. */
struct head {
	size_t bytes; /* length of the block behind the head */
	size_t unused;
};

_Static_assert(sizeof(struct head) == HAK_ALIGN, "blocks stay aligned");

void *hak_early_alloc(size_t align, size_t bytes)
{
	void *mapping;
	uintptr_t block;

	if (!hak_early_base && !hak_map_new(HAK_EARLY_BYTES, &mapping))
		hak_early_base = (uintptr_t)mapping;
	if (!hak_early_base || bytes > HAK_EARLY_BYTES ||
	    align > HAK_EARLY_BYTES)
		return NULL;
	bytes = hak_round_up(bytes + !bytes, HAK_ALIGN);
	block = hak_round_up(hak_early_base + used + sizeof(struct head),
			     align);
	if (block + bytes > hak_early_base + HAK_EARLY_BYTES)
		return NULL;
	used = block + bytes - hak_early_base;
	((struct head *)block)[-1].bytes = bytes;
	return (void *)block;
}

size_t hak_early_usable(const void *block)
{
	return ((const struct head *)block)[-1].bytes;
}

void hak_early_copy(void *to, const void *from, size_t bytes)
{
	/*
	 * volatile, because the compiler would otherwise replace the loop by a
	 * call of memcpy.
	 */
	volatile char *out = to;
	const char *in = from;

	while (bytes--)
		*out++ = *in++;
}
