/* SPDX-License-Identifier: MIT */
/* sizeclass.c - every size there is, and every offset in every slab. */
#include "heap/sizeclass.h"

#include "unit/heap.h"

#include "heap/slab.h"

/* The smallest class that has so many bytes, by looking at each. */
static unsigned int slow_class(size_t bytes)
{
	unsigned int class = 1;

	while (class < HAK_CLASSES && hak_sizeclass[class].bytes < bytes)
		class++;
	return class;
}

static void classes(void)
{
	uint32_t before = 0;
	unsigned int class;

	for (class = 1; class < HAK_CLASSES; class++) {
		unit_expect(hak_sizeclass[class].bytes > before);
		unit_expect(hak_sizeclass[class].bytes % HAK_ALIGN == 0);
		before = hak_sizeclass[class].bytes;
	}
	unit_expect(hak_sizeclass[1].bytes == 16);
	unit_expect(hak_sizeclass[8].bytes == 128);
	unit_expect(hak_sizeclass[9].bytes == 160);
	unit_expect(hak_sizeclass[12].bytes == 256);
	unit_expect(before == HAK_SMALL_MAX);
	unit_expect(HAK_CLASSES <= HAK_CLASS_MEDIUM);
	unit_expect(HAK_CLASS_LARGE < HAK_CLASS_MAX);
	unit_result("classes grow, in multiples of 16");
}

static void sizes(void)
{
	unsigned int class;
	size_t bytes, waste;

	for (bytes = 0; bytes <= HAK_SMALL_MAX; bytes++) {
		class = hak_sizeclass_of(bytes);
		unit_expect(class >= 1 && class < HAK_CLASSES);
		unit_expect(class == slow_class(bytes));
		waste = hak_sizeclass[class].bytes - bytes;
		unit_expect(waste <= 16 ||
			    waste * 5 < hak_sizeclass[class].bytes);
	}
	unit_result("the smallest class that fits, with less than a fifth wasted");

	for (bytes = 0; bytes <= HAK_TINY_MAX; bytes++)
		unit_expect(hak_tiny_class[bytes] ==
			    hak_sizeclass_of(bytes));
	unit_result("the table of tiny sizes says the same");
}

static void indices(void)
{
	static char anywhere[1];
	struct hak_slab slab = { 0 };
	const struct hak_sizeclass *sc;
	size_t offset, bytes;
	unsigned int right;

	for (slab.class = 1; slab.class < HAK_CLASSES; slab.class ++) {
		sc = &hak_sizeclass[slab.class];
		slab.start = anywhere;
		slab.blocks = sc->blocks;
		bytes = (size_t)sc->units * HAK_UNIT_BYTES;
		for (offset = 0; offset < bytes; offset += 16) {
			right = offset / sc->bytes < sc->blocks &&
						offset % sc->bytes == 0 ?
					(unsigned int)(offset / sc->bytes) :
					HAK_SLAB_BLOCKS_MAX;
			unit_expect(hak_slab_index(&slab,
					(char *)((uintptr_t)anywhere +
						 offset)) == right);
		}
	}
	unit_result("block indices by multiplication, at every offset");
}

static void alignments(void)
{
	unsigned int class, slow;
	size_t bytes, align;

	for (align = 1; align <= HAK_UNIT_BYTES; align *= 2) {
		for (bytes = 0; bytes <= HAK_SMALL_MAX; bytes += 1 + bytes / 50) {
			class = hak_sizeclass_aligned(bytes, align);
			slow = slow_class(bytes);
			while (slow < HAK_CLASSES &&
			       hak_sizeclass[slow].bytes % align)
				slow++;
			unit_expect(class == (slow < HAK_CLASSES ? slow : 0));
		}
	}
	unit_expect(hak_sizeclass_aligned(HAK_SMALL_MAX, 4096) ==
		    HAK_CLASSES - 1);
	unit_result("aligned classes: the smallest multiple that fits");

	unit_expect(hak_sizeclass_aligned(HAK_SMALL_MAX + 1, 16) == 0);
	unit_expect(hak_sizeclass_aligned(SIZE_MAX, 16) == 0);
	unit_expect(hak_sizeclass_aligned(1, 2 * HAK_UNIT_BYTES) == 0);
	unit_expect(hak_sizeclass_aligned(1, 1UL << 40) == 0);
	unit_result("no class for what is too large, or aligned too far");
}

static void entries(void)
{
	static const uint32_t owners[] = { 0, 1, 2, 12345,
					   HAK_OWNERS_MAX - 1 };
	uint32_t entry, key;
	unsigned int class;
	size_t i;

	for (i = 0; i < sizeof(owners) / sizeof(*owners); i++) {
		key = owners[i] << HAK_OWNER_SHIFT;
		for (class = 1; class <= HAK_CLASS_LARGE; class++) {
			entry = hak_entry(key, class);
			unit_expect(entry != 0);
			unit_expect(hak_entry_class(entry) == class);
			unit_expect(hak_entry_key(entry) == key);
			unit_expect((entry ^ key) == class);
			/* The front takes this for "not ours". */
			unit_expect((entry ^ (key ^ 1U << HAK_OWNER_SHIFT)) >=
				    HAK_CLASS_MAX);
		}
	}
	unit_result("an entry of the map keeps owner and class apart");
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(7);
	hak_sizeclass_init();
	classes();
	sizes();
	indices();
	alignments();
	entries();
	return ksft_finished();
}
