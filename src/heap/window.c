/* SPDX-License-Identifier: MIT */
/*
 * window.c - the addresses of blocks, and the records beside the blocks.
 *
 * Owns    the window: its place and its slab map; open.c sets both.
 * Calls   numa/topology.h.
 */
#include "heap/window.h"

#include "numa/topology.h"
#include "base/atomic.h"

struct hak_window hak_window;

uintptr_t hak_window_base HAK_HOT;
uintptr_t hak_window_chunks HAK_HOT;
_Atomic uintptr_t hak_window_mapped HAK_HOT;
_Atomic uint32_t *hak_window_map HAK_HOT;

void hak_window_map_opened(size_t bytes)
{
	hak_write_once(&hak_window_mapped, bytes);
}

struct hak_span *hak_window_near(unsigned node, unsigned rank)
{
	return &hak_window.span[rank + 1 < hak_window.spans
					? hak_topology_near(node, rank)
					: rank];
}
