/* SPDX-License-Identifier: MIT */
/* remote.c - foreign frees: gathered, delivered together, checked for twice. */
#include "cache/remote.h"

#include "unit/heap.h"

#include "cache/tcache.h"
#include "heap/slab.h"
#include "base/bits.h"

enum { OUTGOING_BYTES = 16 << 10 }; /* as in cache/remote.c */

static struct hak_tcache *tcache;
static struct hak_owner theirs; /* somebody else's slabs */
static void *blocks[HAK_SLAB_BLOCKS_MAX];

static struct hak_slab *lend(unsigned int class)
{
	struct hak_slab *slab = hak_node_lend(hak_nodes[0], &theirs, class, 1);

	unit_need(slab);
	hak_slab_draw(slab, blocks, HAK_SLAB_BLOCKS_MAX);
	return slab;
}

static unsigned int gathered(void)
{
	unsigned int n = 0, i;

	for (i = 0; i < HAK_OUTGOING; i++)
		n += hak_count_bits(tcache->outgoing[i].blocks);
	return n;
}

static void gathering(void)
{
	uint64_t before = unit_stat(HAK_STAT_REMOTE_FREES);
	struct hak_slab *slab = lend(4);
	unsigned int i;

	for (i = 0; i < 64; i++)
		hak_remote_free(tcache, blocks[i]);
	unit_expect(gathered() == 64);
	unit_expect(tcache->outgoing_bytes == 64 * 64);
	unit_expect(atomic_load(&slab->remote) == 0);
	unit_expect(atomic_load(&slab->returned[0]) == 0);
	unit_expect(unit_stat(HAK_STAT_REMOTE_FREES) == before);
	unit_result("blocks of one slab are gathered");

	hak_remote_deliver(tcache);
	unit_expect(gathered() == 0 && tcache->outgoing_bytes == 0);
	unit_expect(atomic_load(&slab->remote) == 64);
	unit_expect(atomic_load(&slab->returned[0]) == ~0UL);
	unit_expect(unit_stat(HAK_STAT_REMOTE_FREES) == before + 64);
	hak_remote_deliver(tcache);
	unit_expect(atomic_load(&slab->remote) == 64);
	for (i = 64; i < slab->blocks; i++)
		hak_remote_free(tcache, blocks[i]);
	hak_remote_deliver(tcache);
	unit_expect(hak_slab_collect(slab) == slab->blocks);
	unit_expect(hak_slab_idle(slab));
	hak_node_return(slab);
	unit_result("and delivered together, once");
}

static void fullness(unsigned int class)
{
	unsigned int most = OUTGOING_BYTES / hak_sizeclass[class].bytes, i;
	uint64_t before = unit_stat(HAK_STAT_REMOTE_FREES);
	struct hak_slab *slab = lend(class);

	unit_need(slab->blocks >= most);
	for (i = 0; i < most - 1; i++)
		hak_remote_free(tcache, blocks[i]);
	unit_expect(gathered() == most - 1);
	unit_expect(atomic_load(&slab->remote) == 0);
	hak_remote_free(tcache, blocks[i]);
	unit_expect(gathered() == 0 && tcache->outgoing_bytes == 0);
	unit_expect(atomic_load(&slab->remote) == most);
	unit_expect(unit_stat(HAK_STAT_REMOTE_FREES) == before + most);
}

static void fullnesses(void)
{
	fullness(4);
	fullness(8);
	fullness(20);
	fullness(36); /* one block is enough */
	unit_result("so many bytes are delivered without being asked");
}

static void crowding(void)
{
	struct hak_slab *slab[4 * HAK_OUTGOING];
	unsigned int i, sum = 0;

	for (i = 0; i < 4 * HAK_OUTGOING; i++) {
		slab[i] = lend(9);
		hak_remote_free(tcache, blocks[0]);
	}
	for (i = 0; i < 4 * HAK_OUTGOING; i++)
		sum += atomic_load(&slab[i]->remote);
	unit_expect(gathered() <= HAK_OUTGOING);
	unit_expect(sum + gathered() == 4 * HAK_OUTGOING);
	hak_tcache_flush(tcache);
	for (i = 0; i < 4 * HAK_OUTGOING; i++)
		unit_expect(atomic_load(&slab[i]->remote) == 1);
	unit_expect(gathered() == 0);
	unit_result("more slabs than places: the older go first, all by flush");
}

static void at_once(void)
{
	uint64_t before = unit_stat(HAK_STAT_REMOTE_FREES);
	struct hak_slab *slab = lend(9);

	hak_remote_free(NULL, blocks[7]);
	unit_expect(atomic_load(&slab->remote) == 1);
	unit_expect(atomic_load(&slab->returned[0]) == 1UL << 7);
	unit_expect(unit_stat(HAK_STAT_REMOTE_FREES) == before + 1);
	unit_result("without a tcache at once");
}

static void queueing(void)
{
	struct hak_slab *slab = lend(9);

	unit_expect(hak_slab_set_full(slab));
	hak_remote_free(tcache, blocks[1]);
	hak_remote_free(tcache, blocks[2]);
	unit_expect(!atomic_load(&theirs.queue));
	hak_remote_deliver(tcache);
	unit_expect(hak_slab_dequeue_all(&theirs) == slab);
	unit_expect(hak_slab_dequeued(slab) == 2);
	unit_result("a FULL slab is queued with its owner on delivery");
}

static int twice(void *arg)
{
	hak_remote_free(tcache, blocks[3]);
	if (arg)
		hak_remote_deliver(tcache);
	hak_remote_free(tcache, blocks[3]);
	hak_remote_deliver(tcache);
	return 0;
}

static int inside(void *arg)
{
	hak_remote_free(tcache, (char *)blocks[3] + *(int *)arg);
	return 0;
}

static void faults(void)
{
	struct hak_slab *slab = lend(9);
	unsigned int owner = theirs.key >> HAK_OWNER_SHIFT;
	int offset = 16;

	unit_dies("freed twice, both gathered", twice, NULL,
		  "hakmem: double free: %p: a 160-byte block of node 0, "
		  "owner %u; ", blocks[3], owner);
	unit_dies("freed twice, one delivered", twice, slab,
		  "hakmem: double free: %p: a 160-byte block of node 0, "
		  "owner %u; ", blocks[3], owner);
	unit_dies("a pointer inside a block", inside, &offset,
		  "hakmem: interior free: %p: a 160-byte block at %p of node "
		  "0, owner %u; ", (void *)((char *)blocks[3] + offset),
		  blocks[3], owner);
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(9);
	unit_open_heap();
	theirs.key = hak_owner_key();
	tcache = hak_thread_tcache();
	unit_need(tcache);
	gathering();
	fullnesses();
	crowding();
	at_once();
	queueing();
	faults();
	return ksft_finished();
}
