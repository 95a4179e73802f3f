/* SPDX-License-Identifier: MIT */
/*
 * trim.c - everything that lies about empty goes back to the kernel.
 *
 * Called by  who finds no memory, and by programs that ask for it.
 */
#include "front.h"

#include "block.h"
#include "decommit.h"
#include "node.h"
#include "thread.h"

#include "topology.h"

uint32_t hak_trim(void)
{
	struct hak_tcache *tcache = hak_thread_tcache();
	uint32_t gone = 0;
	unsigned i;

	if (tcache) {
		hak_tcache_flush(tcache);
		hak_tcache_tidy(tcache);
	}
	for (i = 0; i < hak_topology_nodes(); i++) {
		hak_thread_drain_all_parked(hak_nodes[i]);
		hak_shared_tidy(hak_nodes[i]);
		hak_medium_trim(hak_nodes[i]);
	}
	for (i = 0; i < hak_window.spans; i++) {
		hak_decommit_wait(&hak_window.span[i]);
		gone += hak_decommit_trim(&hak_window.span[i], 0);
	}
	return gone;
}

/* All that is empty goes back now; `pad` is not kept back. */
HAK_EXPORT int malloc_trim(size_t pad)
{
	(void)pad;
	return hak_init() && hak_trim() > 0;
}
