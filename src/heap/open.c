/* SPDX-License-Identifier: MIT */
/*
 * open.c - lays the window out, once, and opens its spans.
 *
 * Owns    the place of the window and of the records.
 * Locks   none: a single thread opens the heap.
 * Calls   window.h, span.h, step.h, numa/place.h, os/.
 */
#include "heap/window.h"

#include "heap/meta.h"
#include "heap/slab.h"
#include "heap/span.h"
#include "heap/step.h"
#include "numa/place.h"
#include "os/limits.h"
#include "os/map.h"
#include "base/bits.h"
#include "base/page.h"

enum {
	TRIES = 12, /* addresses tried for the window */
	EACH = 4, /* tries in each of the ranges below */
	SHIFT_MIN = 24,	 /* smallest span: 16 MiB; its entries fill a page */
	LAST_SHIFT = 43, /* largest last span: 8 TiB */
};

/*
 * The ranges of addresses, as powers of two, in which hakmem draws the window's
 * base. The window and the records lie together in a single range. The first range
 * is above programs and brk, below the kernel's own mappings, and within the limits
 * of valgrind and most page tables. The second range is for 39-bit addresses. The
 * third range is free under the address sanitizer.
 */
static const struct {
	unsigned low, high;
} ranges[] = { { 40, 44 }, { 35, 38 }, { 45, 46 } };

/*
 * The size of a node's span, as a power of two. If the addresses allow, the span is
 * at least twice as large as the machine's memory, because programs free addresses
 * in another order than taken, and so leave gaps.
 */
static unsigned choose_span_shift(unsigned spans, uint64_t memory,
				  uint64_t limit)
{
	/*
	 * Each span's part of the slab map has to begin at the start of a page. Four
	 * pages of the map are the least, because hak_window_open() may halve the
	 * size.
	 */
	size_t least = hak_limits_page() / sizeof(uint32_t) * HAK_UNIT_BYTES *
		       4;
	/*
	 * If the size of the memory is unknown, take 1 TiB, which is enough for
	 * most machines.
	 */
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

/* Draw an address with room for `bytes`; 0 if the range is too small. */
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

/*
 * The parts of hakmem's addresses, in order from the window's base. Lengths are in
 * bytes.
 */
struct layout {
	unsigned spans;
	unsigned shift; /* log2 of the bytes of a node's span */
	unsigned last_shift; /* the same for the last span */
	size_t nodes;  /* all nodes' spans */
	size_t window; /* the nodes' spans and the last span */
	size_t table; /* the records of all spans */
	size_t records; /* the other records of each node */
	size_t last_records; /* the other records of the last span */
	size_t map; /* the slab map */
};

static struct layout lay_out(unsigned spans, unsigned shift,
			     unsigned last_shift)
{
	size_t nodes = (size_t)(spans - 1) << shift;
	size_t window = nodes + (1UL << last_shift);
	size_t map = window / HAK_UNIT_BYTES * sizeof(uint32_t);

	return (struct layout){
		spans,
		shift,
		last_shift,
		nodes,
		window,
		hak_round_up(spans * sizeof(struct hak_span),
			     HAK_SUPERSLAB_BYTES),
		record_bytes(span_superslabs(shift)),
		record_bytes(span_superslabs(last_shift)),
		hak_round_up(map, HAK_SUPERSLAB_BYTES),
	};
}

static size_t behind_window(const struct layout *layout)
{
	return layout->table + (layout->spans - 1) * layout->records +
	       layout->last_records;
}

static void place_span(const struct layout *layout, uintptr_t base, unsigned i)
{
	bool last = i + 1 == layout->spans;
	unsigned shift = last ? layout->last_shift : layout->shift;
	struct hak_span *span = &hak_window.span[i];
	char *records = (char *)base + layout->window + layout->table +
			i * layout->records;

	/* Each span's record is a page by itself, on the node of the span. */
	hak_place(span, sizeof(*span), i);
	span->base = (char *)base + ((size_t)i << layout->shift);
	span->limit = span_superslabs(shift);
	span->node = i;
	hak_span_init(span, records, record_bytes(span->limit));
	hak_stats_page.span[i] = span->stats.counter;
}

/*
 * Place the table of spans behind the last span, then all other records, then
 * the slab map.
 */
static bool place_spans(const struct layout *layout, uintptr_t base)
{
	struct hak_span *table = (struct hak_span *)(base + layout->window);
	char *map = (char *)table + behind_window(layout);
	size_t bytes = hak_round_up(layout->spans * sizeof(*table), 64 << 10);
	unsigned i;

	if (hak_map_at(table, bytes))
		return false;
	if (hak_map_zeroes_at(map, layout->nodes / HAK_UNIT_BYTES *
					   sizeof(uint32_t))) {
		hak_unmap(table, bytes);
		return false;
	}
	hak_window_map = (_Atomic uint32_t *)map;
	hak_window.span = table;
	for (i = 0; i < layout->spans; i++)
		place_span(layout, base, i);
	hak_stats_page.spans = layout->spans;
	return true;
}

static bool open_at(unsigned spans, unsigned shift, unsigned last_shift)
{
	struct layout layout = lay_out(spans, shift, last_shift);
	size_t with_records = layout.window + behind_window(&layout);
	unsigned try = 0, i;
	uintptr_t base;

	do {
		if (try == TRIES)
			return false;
		base = draw_base(try++, with_records + layout.map);
	} while (!base || !place_spans(&layout, base));
	hak_window.span_shift = shift;
	hak_window.spans = spans;
	hak_window.nodes_bytes = layout.nodes;
	hak_window.page = hak_limits_page();
	hak_window.huge_page = hak_limits_huge_page();
	hak_window.with_records = with_records;
	hak_window_base = base;
	hak_window_chunks = layout.window / HAK_ALIGN;
	hak_window_map_opened(layout.nodes);
	for (i = 0; i < spans; i++)
		hak_step_open(&hak_window.span[i]);
	return true;
}

/*
 * The size of the last span, as a power of two. A program may ask for a large block
 * of any size, and untouched memory costs nothing. The addresses of a process leave
 * room for 8 TiB of large blocks.
 */
static unsigned choose_last_shift(unsigned shift, uint64_t limit)
{
	size_t bytes = 1UL << LAST_SHIFT;

	if (limit < bytes)
		bytes = hak_pow2_up(limit);
	return hak_log2(bytes) > shift ? hak_log2(bytes) : shift;
}

bool hak_window_open(unsigned nodes)
{
	unsigned spans = nodes + 1;
	uint64_t memory = hak_limits_memory();
	uint64_t limit = hak_limits_addresses();
	unsigned shift = choose_span_shift(spans, memory, limit);
	unsigned last = choose_last_shift(shift, limit);

	hak_window.memory = memory ? memory : UINT64_MAX;
	/*
	 * Try smaller spans if the process has no free range of addresses of this
	 * size.
	 */
	for (; shift >= SHIFT_MIN; last = last > shift ? last - 1 : --shift)
		if (open_at(spans, shift, last))
			return true;
	return false;
}
