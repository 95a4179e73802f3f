/* SPDX-License-Identifier: MIT */
/*
 * window.h - the addresses that blocks can have, and what lies beside them.
 *
 *   base                                          base + spans << span_shift
 *    | span 0 (node 0) | span 1 (node 1) | ... | last span (no node) |
 *    and behind it, for each span in turn: its superslab records, its slab
 *    records, and its arena for everything else.
 *
 * None of it is reserved: each part is claimed as far as it is needed, at an
 * address where the kernel puts nothing of its own accord. Only the slab map,
 * with its one entry for each unit of the window, is mapped whole, as
 * readable zeroes; it becomes writable along with the steps.
 *
 * Constant after hak_window_open(), but for the map's entries.
 */
#pragma once

#include "compiler.h"
#include "layout.h"
#include "span.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>


/* What the fast path needs, each by itself: 0 before the window is open. */
extern uintptr_t hak_window_base HAK_HIDDEN;
extern uintptr_t hak_window_chunks HAK_HIDDEN; /* 16-byte multiples in the window */
extern uintptr_t hak_window_bytes HAK_HIDDEN;
extern _Atomic uint32_t *hak_window_map HAK_HIDDEN;

struct hak_window {
	unsigned span_shift;
	unsigned spans;
	size_t page;
	uint64_t memory; /* bytes, swap included; UINT64_MAX: not known */
	size_t huge_page;    /* as the kernel has them */
	size_t with_records; /* bytes from the base to the records' end */
	struct hak_span *span;
};

extern struct hak_window hak_window HAK_HIDDEN;

/* False when there is no address space to be had. */
bool hak_window_open(unsigned nodes);

static inline uintptr_t hak_window_offset(const void *pointer)
{
	return (uintptr_t)pointer - hak_window_base;
}

static inline bool hak_window_has(const void *pointer)
{
	return hak_window_offset(pointer) >> 4 < hak_window_chunks;
}

static inline uint32_t hak_window_entry(const void *pointer)
{
	return atomic_load_explicit(
		&hak_window_map[hak_window_offset(pointer) >> HAK_UNIT_SHIFT],
		memory_order_relaxed);
}

/*
 * Sets the entries of units in a row. Relaxed: who frees a block has got its
 * pointer from who allocated it, and that handing over orders the two.
 */
static inline void hak_window_set(const void *pointer, unsigned units,
				  uint32_t entry)
{
	_Atomic uint32_t *at =
		&hak_window_map[hak_window_offset(pointer) >> HAK_UNIT_SHIFT];
	unsigned i;

	for (i = 0; i < units; i++)
		atomic_store_explicit(&at[i], entry, memory_order_relaxed);
}

/* The spans by distance from a node: its own at rank 0, and the last at last. */
struct hak_span *hak_window_near(unsigned node, unsigned rank);

/* The span that an address of the window lies in. */
static inline struct hak_span *hak_window_span(const void *pointer)
{
	return &hak_window.span[hak_window_offset(pointer) >>
				hak_window.span_shift];
}
