/* SPDX-License-Identifier: MIT */
/*
 * window.h - the addresses that blocks can have, and what lies beside them.
 *
 *   base                                          base + nodes << span_shift
 *    | span 0 (node 0) | span 1 (node 1) | ... | last span (no node) ... |
 *    and behind it, for each span in turn: its superslab records, its slab
 *    records, and its arena for everything else; then the slab map.
 *
 * A node's span has a few times the memory; the last, for large blocks, as much as
 * the addresses of a process leave room for. None of it is reserved: each part is
 * claimed as far as it is needed, at an address where the kernel puts nothing of its
 * own accord. Only the nodes' part of the slab map, with one entry for each unit, is
 * mapped whole, as readable zeroes, and becomes writable along with the steps. The
 * last span's part is mapped along with them: of 8 TiB it would be 2 GiB, which
 * RLIMIT_AS would count.
 *
 * Constant after hak_window_open(), but for the map's entries, and how far it is.
 */
#pragma once

#include "heap/layout.h"
#include "heap/span.h"
#include "base/atomic.h"
#include "base/compiler.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>


/* What the fast path needs, each by itself: 0 before the window is open. */
extern uintptr_t hak_window_base HAK_HIDDEN;
extern uintptr_t hak_window_chunks HAK_HIDDEN; /* 16-byte multiples in the window */
extern _Atomic uintptr_t hak_window_mapped HAK_HIDDEN; /* bytes with a map */
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

/* So many bytes from the window's base have entries in the slab map now. */
void hak_window_map_opened(size_t bytes);

/* Those of the nodes' spans: all have them. */
static inline uintptr_t hak_window_nodes_bytes(void)
{
	return (uintptr_t)(hak_window.spans - 1) << hak_window.span_shift;
}

static inline uintptr_t hak_window_offset(const void *pointer)
{
	return (uintptr_t)pointer - hak_window_base;
}

static inline bool hak_window_has(const void *pointer)
{
	return hak_window_offset(pointer) >> 4 < hak_window_chunks;
}

/* 0 as well for what was never claimed. */
static inline uint32_t hak_window_entry(const void *pointer)
{
	if (hak_unlikely(hak_window_offset(pointer) >=
			 hak_read_once(&hak_window_mapped)))
		return 0;
	return hak_read_once(
		&hak_window_map[hak_window_offset(pointer) >> HAK_UNIT_SHIFT]);
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
		hak_write_once(&at[i], entry);
}

/* The spans by distance from a node: its own at rank 0, and the last at last. */
struct hak_span *hak_window_near(unsigned node, unsigned rank);

/* The span that an address of the window lies in. */
static inline struct hak_span *hak_window_span(const void *pointer)
{
	size_t i = hak_window_offset(pointer) >> hak_window.span_shift;
	size_t last = hak_window.spans - 1;

	return &hak_window.span[i < last ? i : last];
}
