/* SPDX-License-Identifier: MIT */
/*
 * sizeclass.h - the block sizes, and how slabs are cut for each size.
 *
 * Classes 1..8 are 16..128 bytes in steps of 16. Above, each doubling has four
 * classes, up to 512 KiB, a quarter of a superslab. Class 0 is none.
 */
#pragma once

#include "heap/layout.h"
#include "base/bits.h"
#include "base/compiler.h"

#include <stddef.h>
#include <stdint.h>

enum {
	HAK_SMALL_MAX = 512 << 10, /* the largest class, in bytes */
	HAK_TINY_MAX = 1024,	   /* the largest size in the table */
};

struct hak_sizeclass {
	uint32_t bytes;
	uint64_t recip; /* 2^32 / (bytes / 16), rounded up */
	uint16_t units; /* number of units of a slab */
	uint16_t blocks; /* number of blocks in a slab */
	uint32_t cached; /* freed blocks in a full tcache bin, at most */
};

/* Constant after hak_sizeclass_init(); entries without a class have 0 bytes. */
extern struct hak_sizeclass hak_sizeclass[HAK_CLASS_MAX] HAK_HIDDEN;

/* The class for each number of bytes up to HAK_TINY_MAX. */
extern uint8_t hak_tiny_class[HAK_TINY_MAX + 1] HAK_HIDDEN;

void hak_sizeclass_init(void);

/* The class for 0 to HAK_SMALL_MAX bytes. */
static inline unsigned hak_sizeclass_of(size_t bytes)
{
	unsigned log;

	if (bytes <= 128)
		return bytes ? (unsigned)((bytes + 15) >> 4) : 1;
	log = hak_log2(bytes - 1);
	return 9 + (log - 7) * 4 + ((bytes - 1) >> (log - 2) & 3);
}

/*
 * The first class with all blocks at multiples of `align`, a power of two up to
 * HAK_UNIT_BYTES, and with `bytes` bytes or more; 0 if there is none.
 */
unsigned hak_sizeclass_aligned(size_t bytes, size_t align);
