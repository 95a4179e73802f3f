/* SPDX-License-Identifier: MIT */
/*
 * window.c - the addresses that blocks can have, and what lies beside them.
 *
 * Owns    the window: where it is, its slab map, its spans.
 * Calls   span.h, os/.   Called by  front/init.c.
 */
#include "window.h"

#include "meta.h"
#include "slab.h"
#include "span.h"
#include "step.h"

#include "place.h"
#include "topology.h"

#include "bits.h"
#include "limits.h"
#include "map.h"

enum {
	TRIES = 12,
	EACH = 4,
	SHIFT_MIN = 24, /* 16 MiB: a slab map of a page */
};

/*
 * The window and its records lie, whole, in [2^40, 2^44): above what programs
 * and brk use, below where kernels put mappings of their own, and within what
 * valgrind and most page tables allow; else in [2^35, 2^38), for 39-bit
 * addresses; else where the address sanitizer leaves room.
 */
static const struct {
	unsigned low, high;
} ranges[] = { { 40, 44 }, { 35, 38 }, { 45, 46 } };

struct hak_window hak_window;

uintptr_t hak_window_base HAK_HOT;
uintptr_t hak_window_chunks HAK_HOT;
uintptr_t hak_window_bytes HAK_HOT;
_Atomic uint32_t *hak_window_map HAK_HOT;

/* Twice the memory and more: addresses are freed in other orders than taken. */
static unsigned choose_span_shift(unsigned spans)
{
	/* A span's part of the slab map is a page or more. */
	size_t least = hak_limits_page() / sizeof(uint32_t) * HAK_UNIT_BYTES *
		       4;
	uint64_t memory = hak_limits_memory();
	uint64_t limit = hak_limits_addresses();
	/* What is not known may be as much as a few machines have. */
	size_t bytes = memory ? 2 * memory : 1UL << 40;

	if (limit < bytes)
		bytes = limit;
	bytes = hak_pow2_up(bytes < least ? least : bytes);
	while (bytes > (1UL << 45) / hak_pow2_up(spans))
		bytes /= 2;
	return hak_log2(bytes);
}

static size_t record_bytes(uint32_t superslabs)
{
	size_t bytes = superslabs * (sizeof(struct hak_superslab) +
				     HAK_UNITS * sizeof(struct hak_slab)) +
		       (2 * 64 << 10) + HAK_META_BYTES;

	return hak_round_up(bytes, HAK_SUPERSLAB_BYTES);
}

/* Where `bytes` may lie, all of them; 0 when the range is too small. */
static uintptr_t draw_base(unsigned try, size_t bytes)
{
	uintptr_t low = 1UL << ranges[try / EACH].low;
	uintptr_t room = (1UL << ranges[try / EACH].high) - low;

	if (bytes >= room)
		return 0;
	return low + hak_limits_secret(try) % (room - bytes) /
			     HAK_SUPERSLAB_BYTES * HAK_SUPERSLAB_BYTES;
}

static uint32_t span_superslabs(unsigned shift)
{
	return (uint32_t)(1UL << (shift - HAK_SUPERSLAB_SHIFT));
}

/* One table of spans: behind the last span, before all other records. */
static bool place_spans(uintptr_t base, unsigned spans, unsigned shift)
{
	uint32_t limit = span_superslabs(shift);
	size_t each = record_bytes(limit);
	char *records = (char *)base + ((size_t)spans << shift);
	struct hak_span *table = (struct hak_span *)records;
	size_t bytes = hak_round_up(spans * sizeof(*table), 64 << 10);
	unsigned i;

	if (hak_map_at(table, bytes))
		return false;
	records += hak_round_up(bytes, HAK_SUPERSLAB_BYTES);
	for (i = 0; i < spans; i++) {
		/* A page each, on the node it speaks of. */
		hak_place(&table[i], sizeof(*table), i);
		table[i].base = (char *)base + ((size_t)i << shift);
		table[i].limit = limit;
		table[i].node = i;
		hak_span_init(&table[i], records + i * each, each);
		hak_stats_page.span[i] = &table[i].stats;
	}
	hak_window.span = table;
	hak_stats_page.spans = spans;
	return true;
}

static bool open_at(unsigned spans, unsigned shift)
{
	size_t window = (size_t)spans << shift;
	size_t map_bytes = window / HAK_UNIT_BYTES * sizeof(uint32_t);
	size_t records = spans * record_bytes(span_superslabs(shift)) +
			 hak_round_up(spans * sizeof(struct hak_span),
				      HAK_SUPERSLAB_BYTES);
	unsigned try = 0, i;
	uintptr_t base;
	void *map;

	if (hak_map_zeroes(map_bytes, &map))
		return false;
	do {
		if (try == TRIES) {
			hak_unmap(map, map_bytes);
			return false;
		}
		base = draw_base(try++, window + records);
	} while (!base || !place_spans(base, spans, shift));
	hak_window_map = map;
	hak_window.span_shift = shift;
	hak_window.spans = spans;
	hak_window.page = hak_limits_page();
	hak_window.huge_page = hak_limits_huge_page();
	hak_window.with_records = window + records;
	hak_window_base = base;
	hak_window_bytes = window;
	hak_window_chunks = window / HAK_ALIGN;
	for (i = 0; i < spans; i++)
		hak_step_open(&hak_window.span[i]);
	return true;
}

struct hak_span *hak_window_near(unsigned node, unsigned rank)
{
	return &hak_window.span[rank + 1 < hak_window.spans
					? hak_topology_near(node, rank)
					: rank];
}

bool hak_window_open(unsigned nodes)
{
	unsigned spans = nodes + 1;
	uint64_t memory = hak_limits_memory();
	unsigned shift = choose_span_shift(spans);

	hak_window.memory = memory ? memory : UINT64_MAX;
	/* Less, where so much address space is not to be had in one piece. */
	for (; shift >= SHIFT_MIN; shift--)
		if (open_at(spans, shift))
			return true;
	return false;
}
