/* SPDX-License-Identifier: MIT */
/*
 * check.c - the last look at a tcache: it changes nothing where all is well,
 * and finds whatever was freed and should not have been.
 */
#include "cache/bin.h"
#include "cache/tcache.h"

#include "unit/heap.h"

#include "cache/remote.h"

enum { CLASS = 12 };

static struct hak_tcache *tcache;

static void *get(void)
{
	void *block = hak_tcache_alloc(tcache, CLASS);

	unit_need(block);
	return block;
}

static void give(void *block)
{
	if (!hak_tcache_push(tcache, CLASS, block))
		hak_tcache_push_slow(block, CLASS, tcache);
}

static void well(void)
{
	struct hak_tcache before;
	void *block[40];
	int i;

	hak_tcache_check(tcache);
	for (i = 0; i < 40; i++)
		block[i] = get();
	for (i = 0; i < 30; i++)
		give(block[i]);
	get();
	for (i = 30; i < 40; i++)
		give(block[i]);
	before = *tcache;
	hak_tcache_check(tcache);
	/* But that it was at work. */
	before.work += 2;
	unit_expect(memcmp(&before, tcache, sizeof(before)) == 0);
	unit_result("nothing to find, nothing changed");
}

static int freed_by_two(void *arg)
{
	static struct hak_owner theirs;
	struct hak_slab *slab;
	void *block[70];

	theirs.key = hak_owner_key();
	slab = hak_node_lend(tcache->node, &theirs, 4, 1);
	unit_need(slab && hak_slab_draw(slab, block, 70) == 70);
	hak_remote_free(tcache, block[65]);
	hak_remote_free(tcache, block[66]);
	hak_tcache_check(tcache);
	hak_slab_return_remote(slab, 1, 4);
	atomic_store(&tcache->work, *(bool *)arg);
	hak_tcache_check(tcache);
	return 0;
}

/* What is amid a change has nothing to be looked at. */
static void amid_a_change(void)
{
	struct ktap_run run;
	bool at_work = false;

	unit_dies("on its way home, where another has freed it", freed_by_two,
		  &at_work, "hakmem: double free: 0x");
	at_work = true;
	ktap_run_fork(&run, freed_by_two, &at_work, 20);
	ktap_run_result(&run, "no look at a tcache at work");
}

static int commit(void *arg)
{
	uint64_t *a = get(), *b = get(), *c = get();

	switch (*(int *)arg) {
	case 0:
		give(a);
		give(a);
		break;
	case 1:
		give(a);
		give(b);
		give(a);
		break;
	case 2: /* pushed, then popped from, then pushed again */
		give(a);
		give(b);
		give(c);
		unit_need(get() == c);
		give(a);
		break;
	case 3:
		hak_tcache_put(tcache, a);
		give(a);
		break;
	case 4:
		hak_slab_return_remote(hak_slab_of(a),
				       hak_slab_index(hak_slab_of(a), a) / 64,
				       1UL << (hak_slab_index(hak_slab_of(a),
							      a) & 63));
		give(a);
		break;
	case 5:
		give((char *)a + 16);
		break;
	case 6:
		give(a);
		a[0] = 0x4141414141414141;
		break;
	default: /* written to between, so that the second free goes through */
		give(a);
		a[0] = 0;
		give(b);
		give(a);
	}
	hak_tcache_check(tcache);
	return 0;
}

static void sins(void)
{
	static const struct {
		const char *name;
		const char *kind;
	} all[] = {
		{ "freed twice in a row", "double free" },
		{ "freed twice with another between", "double free" },
		{ "freed while still to be handed out", "double free" },
		{ "freed though it is with its slab", "double free" },
		{ "freed though another has freed it", "double free" },
		{ "a pointer inside a block", "interior free" },
		{ "a free block written to", "corrupted free list" },
		{ "written to and freed twice", "double free" },
	};
	int way;

	for (way = 0; way < 8; way++)
		unit_dies(all[way].name, commit, &way, "hakmem: %s: 0x",
			  all[way].kind);
}

static bool is_lent(const void *pointer)
{
	return hak_tcache_is_lent(tcache, pointer, hak_window_entry(pointer),
				  false);
}

/* Where else a block can be than lent, as far as its freer can know. */
static void lent(void)
{
	static struct hak_owner theirs;
	struct hak_slab *slab;
	void *foreign[70];
	char *a = get(), *b = get();

	unit_expect(is_lent(a));
	unit_expect(!is_lent(a + 16));
	give(a);
	unit_expect(!is_lent(a));
	unit_expect(is_lent(b));
	hak_tcache_put(tcache, b);
	unit_expect(!is_lent(b));
	unit_result("an own block: lent, in its bin, with its slab");

	theirs.key = hak_owner_key();
	slab = hak_node_lend(tcache->node, &theirs, 4, 1);
	unit_need(slab && hak_slab_draw(slab, foreign, 70) == 70);
	hak_remote_free(tcache, foreign[65]);
	unit_expect(is_lent(foreign[64]));
	unit_expect(!is_lent(foreign[65]));
	hak_remote_deliver(tcache);
	unit_expect(!is_lent(foreign[65]));
	hak_slab_collect(slab);
	unit_expect(!is_lent(foreign[65]));
	unit_result("another's: on its way, delivered, collected");
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(13);
	unit_open_heap();
	tcache = hak_thread_tcache();
	unit_need(tcache);
	sins();
	amid_a_change();
	well();
	lent();
	return ksft_finished();
}
