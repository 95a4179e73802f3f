/* SPDX-License-Identifier: MIT */
/*
 * window.h - the addresses of blocks, and the records beside the blocks.
 *
 *   base                                          base + (nodes << span_shift)
 *    | span 0 (node 0) | span 1 (node 1) | ... | last span (no node) ... |
 *    and behind it, for each span in turn: its superslab records, its slab
 *    records, and its arena for everything else; then the slab map.
 *
 * A node's span is a few times as large as the machine's memory. The last span
 * is for large blocks, and as large as the addresses of a process permit. The
 * library reserves no addresses: each span grows in steps (step.h), at addresses
 * where the kernel puts no mapping by itself. The slab map has an entry for each
 * unit. The nodes' part of the map is mapped at the start, as readable zeroes; a
 * step of a node's span makes the entries of the step writable. A step of the
 * last span maps the entries of the step: for 8 TiB this part of the map is
 * 2 GiB, and RLIMIT_AS would count all of it.
 *
 * After hak_window_open() only the map's entries and the map's length change.
 */
#pragma once

#include "heap/layout.h"
#include "heap/record.h"
#include "base/atomic.h"
#include "base/compiler.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>


/* For the fast path: single variables, 0 before the window is open. */
extern uintptr_t hak_window_base HAK_HIDDEN;
extern uintptr_t hak_window_chunks HAK_HIDDEN; /* 16-byte multiples in the window */
extern _Atomic uintptr_t hak_window_mapped HAK_HIDDEN; /* bytes with slab map entries */
extern _Atomic uint32_t *hak_window_map HAK_HIDDEN; /* the slab map */

struct hak_window {
	unsigned span_shift; /* log2 of the bytes of a node's span */
	unsigned spans;
	/* bytes of all nodes' spans, which have entries in the slab map */
	uintptr_t nodes_bytes;
	size_t page; /* bytes of a page */
	/* bytes of the machine's memory and swap; UINT64_MAX: unknown */
	uint64_t memory;
	size_t huge_page;    /* bytes of a huge page */
	size_t with_records; /* bytes from the base to the end of the records */
	struct hak_span *span; /* the array of the spans' records */
};

extern struct hak_window hak_window HAK_HIDDEN;

/* Lay the window out and open it. False if there is no address space. */
bool hak_window_open(unsigned nodes);

/* From now on the first `bytes` bytes of the window have entries in the slab map. */
void hak_window_map_opened(size_t bytes);

static inline uintptr_t hak_window_offset(const void *pointer)
{
	return (uintptr_t)pointer - hak_window_base;
}

static inline bool hak_window_has(const void *pointer)
{
	return hak_window_offset(pointer) >> 4 < hak_window_chunks;
}

/* The parts of an entry of the slab map: see layout.h. */
static inline uint32_t hak_entry(uint32_t key, unsigned class)
{
	return key | class;
}

static inline unsigned hak_entry_class(uint32_t entry)
{
	return entry & (HAK_CLASS_MAX - 1);
}

/* The owner id, still shifted: an entry without the class. */
static inline uint32_t hak_entry_key(uint32_t entry)
{
	return entry >> HAK_OWNER_SHIFT << HAK_OWNER_SHIFT;
}

/* The place of an address's entry in the slab map. */
static inline _Atomic uint32_t *hak_window_place(const void *pointer)
{
	return &hak_window_map[hak_window_offset(pointer) >> HAK_UNIT_SHIFT];
}

/* The entry of an address; 0 also if the address was never mapped. */
static inline uint32_t hak_window_entry(const void *pointer)
{
	if (hak_unlikely(hak_window_offset(pointer) >=
			 hak_read_once(&hak_window_mapped)))
		return 0;
	return hak_read_once(hak_window_place(pointer));
}

/*
 * Set the entries of a row of units. A relaxed store is enough: a thread that
 * frees a block has received the pointer from the allocating thread, and this
 * transfer orders the accesses.
 */
static inline void hak_window_set(const void *pointer, unsigned units,
				  uint32_t entry)
{
	_Atomic uint32_t *at = hak_window_place(pointer);
	unsigned i;

	for (i = 0; i < units; i++)
		hak_write_once(&at[i], entry);
}

/*
 * The spans by distance from a node: rank 0 is the node's own span, and the
 * last rank is the last span.
 */
struct hak_span *hak_window_near(unsigned node, unsigned rank);

/* The span around an address of the window. */
static inline struct hak_span *hak_window_span(const void *pointer)
{
	uintptr_t offset = hak_window_offset(pointer);

	/* The last span is longer than the other spans, so limit the index. */
	if (offset > hak_window.nodes_bytes)
		offset = hak_window.nodes_bytes;
	return &hak_window.span[offset >> hak_window.span_shift];
}

/* The place of an address in the window. */
struct hak_spot {
	struct hak_span *span;
	size_t superslab; /* index in the span; perhaps not mapped */
	unsigned unit;	  /* index in the superslab */
};

static inline struct hak_spot hak_window_spot(const void *pointer)
{
	struct hak_span *span = hak_window_span(pointer);
	size_t offset = (size_t)((const char *)pointer - span->base);

	return (struct hak_spot){ span, offset >> HAK_SUPERSLAB_SHIFT,
				  offset >> HAK_UNIT_SHIFT & (HAK_UNITS - 1) };
}
