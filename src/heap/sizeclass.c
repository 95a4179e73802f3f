/* SPDX-License-Identifier: MIT */
/*
 * sizeclass.c - the block sizes, and how slabs are cut for each size.
 *
 * Owns    the table of classes.
 */
#include "heap/sizeclass.h"

#include "heap/policy.h"

uint8_t hak_tiny_class[HAK_TINY_MAX + 1] HAK_ALIGNED(HAK_CACHE_LINE);
struct hak_sizeclass hak_sizeclass[HAK_CLASS_MAX];

static uint32_t class_bytes(unsigned class)
{
	if (class <= 8)
		return 16 * class;
	return (128U << (class - 9) / 4) / 4 * (5 + (class - 9) % 4);
}

static void fill_tiny(void)
{
	unsigned class = 1;
	unsigned bytes;

	for (bytes = 0; bytes <= HAK_TINY_MAX; bytes++) {
		if (bytes > hak_sizeclass[class].bytes)
			class++;
		hak_tiny_class[bytes] = (uint8_t)class;
	}
}

void hak_sizeclass_init(void)
{
	struct hak_sizeclass *sc;
	unsigned class;

	for (class = 1; class < HAK_CLASSES; class++) {
		sc = &hak_sizeclass[class];
		sc->bytes = class_bytes(class);
		sc->recip = hak_div_up(1UL << 32, sc->bytes / 16);
		sc->units = (uint16_t)hak_policy_slab_units(sc->bytes);
		sc->blocks = (uint16_t)hak_policy_slab_blocks(sc->bytes,
							      sc->units);
		sc->cached = hak_policy_cached(sc->bytes);
	}
	fill_tiny();
}

unsigned hak_sizeclass_aligned(size_t bytes, size_t align)
{
	unsigned class;

	if (bytes > HAK_SMALL_MAX || align > HAK_UNIT_BYTES)
		return 0;
	class = hak_sizeclass_of(bytes > align ? bytes : align);
	while (class < HAK_CLASSES && hak_sizeclass[class].bytes % align)
		class++;
	return class < HAK_CLASSES ? class : 0;
}
