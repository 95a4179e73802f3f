/* SPDX-License-Identifier: MIT */
/*
 * trim.c - gives all memory that is free back to the kernel.
 */
#include "front/front.h"

#include "front/exported.h"
#include "front/slow.h"
#include "reclaim/decommit.h"
#include "reclaim/purge.h"
#include "reclaim/sparse.h"
#include "cache/claim.h"
#include "cache/inherit.h"
#include "cache/parked.h"
#include "cache/tcache.h"
#include "cache/thread.h"
#include "heap/block.h"
#include "heap/node.h"
#include "numa/topology.h"
#include "os/clock.h"
#include "base/atomic.h"

/* For this time after a vain trim, hak_trim_helps() may be false. */
enum { VAIN_MS = 100 };

/*
 * The last trim after which an allocation still found no memory. If two threads write at
 * the same time, a mix of both does no harm.
 */
static struct {
	_Atomic uint32_t at; /* time, by hak_clock_ms() */
	_Atomic uint64_t returned; /* superslabs returned to spans until `at` */
	_Atomic size_t bytes; /* size of the allocation; 0: no vain trim yet */
} vain;

uint32_t hak_trim(void)
{
	struct hak_tcache *tcache = hak_thread_tcache();
	uint32_t gone = 0;
	unsigned i;

	hak_inherit();
	/* Do not touch the tcache in a signal handler that interrupted work in it. */
	if (tcache && !hak_claim_at_work(tcache)) {
		hak_tcache_flush(tcache);
		hak_tcache_tidy(tcache);
	}
	for (i = 0; i < hak_topology_nodes(); i++) {
		hak_parked_drain_all(hak_nodes[i]);
		hak_shared_tidy(hak_nodes[i]);
		hak_medium_trim(hak_nodes[i]);
	}
	for (i = 0; i < hak_window.spans; i++) {
		hak_decommit_wait(&hak_window.span[i]);
		gone += hak_decommit_trim(&hak_window.span[i], 0);
	}
	return gone;
}

bool hak_trim_helps(size_t bytes)
{
	size_t least = hak_read_once(&vain.bytes);
	uint64_t returned = hak_stat_sum(HAK_STAT_SUPERSLABS_RETURNED);

	if (bytes > hak_stat_difference(HAK_STAT_MAPPED, HAK_STAT_UNMAPPED))
		return false;
	if (!least || bytes <= least / 2 ||
	    hak_clock_ms() - hak_read_once(&vain.at) >= VAIN_MS)
		return true;
	/* Have enough superslabs for the block become empty since the vain trim? */
	returned -= hak_read_once(&vain.returned);
	return returned << HAK_SUPERSLAB_SHIFT >= bytes;
}

void hak_trim_was_vain(size_t bytes)
{
	hak_write_once(&vain.at, hak_clock_ms());
	hak_write_once(&vain.returned,
		       hak_stat_sum(HAK_STAT_SUPERSLABS_RETURNED));
	hak_write_once(&vain.bytes, bytes);
}

/*
 * Give back all empty superslabs, and the free units of sparse superslabs. `pad`, the
 * number of bytes that glibc keeps, has no effect here.
 */
int malloc_trim(size_t pad)
{
	uint32_t gone;

	(void)pad;
	if (!hak_init())
		return 0;
	gone = hak_trim();
	gone += hak_sparse_trim(hak_purge_own_method());
	hak_slow_end();
	return gone > 0;
}
