/* SPDX-License-Identifier: MIT */
/*
 * sizeclass.c - which block sizes there are, and how slabs are cut for them.
 *
 * Owns    the table of classes.
 * Called by  heap/slab.c, cache/, front/.
 */
#include "sizeclass.h"

#include "policy.h"

/* Where the popped list for 16 * i bytes is, for the table below. */
#define CLASS(i) \
	((i) == 0  ? 1 : \
	 (i) <= 8  ? (i) : \
	 (i) <= 16 ? 9 + ((i)-9) / 2 : \
	 (i) <= 32 ? 13 + ((i)-17) / 4 : \
		     17 + ((i)-33) / 8)
#define LIST(i) (CLASS(i) + 2 * HAK_SLOTS)
#define LIST8(i) \
	LIST(i), LIST(i + 1), LIST(i + 2), LIST(i + 3), LIST(i + 4), \
		LIST(i + 5), LIST(i + 6), LIST(i + 7)

const uint8_t hak_tiny_list[HAK_TINY_MAX / 16 + 1] = {
	LIST8(0),  LIST8(8),  LIST8(16), LIST8(24), LIST8(32),
	LIST8(40), LIST8(48), LIST8(56), LIST(64),
};

struct hak_sizeclass hak_sizeclass[HAK_CLASSES];

static uint32_t class_bytes(unsigned class)
{
	if (class <= 8)
		return 16 * class;
	return (128U << (class - 9) / 4) / 4 * (5 + (class - 9) % 4);
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
		sc->cached = (uint16_t)hak_policy_cached(sc->bytes);
	}
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
