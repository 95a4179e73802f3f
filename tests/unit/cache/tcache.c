/* SPDX-License-Identifier: MIT */
/*
 * tcache.c - blocks between bins and slabs: the blocks that come back are those that
 * went, bins are bounded, and a free block that was written to is noticed.
 */
#include "cache/bin.h"
#include "cache/tcache.h"
#include "cache/credit.h"
#include "cache/slabs.h"

#include "unit/heap.h"

enum { HELD = 3000, STEPS = 60000 };

static struct hak_tcache *tcache;

static unsigned int length(unsigned int class)
{
	return hak_bin_length(tcache, class);
}

static void *first(unsigned int class)
{
	return hak_bin_last(tcache, class);
}

/* As malloc: the fast path, then the slow one. */
static void *get(unsigned int class)
{
	void *block = hak_tcache_pop(tcache, class);

	return block ? block : hak_tcache_alloc(tcache, class);
}

/* As free. */
static void give(unsigned int class, void *block)
{
	if (!hak_tcache_push(tcache, class, block))
		hak_tcache_push_slow(block, class, tcache);
}

static bool all_home(void)
{
	hak_tcache_flush(tcache);
	hak_tcache_tidy(tcache);
	hak_shared_tidy(tcache->node);
	return unit_stat(HAK_STAT_SMALL_OUT) == unit_stat(HAK_STAT_SMALL_IN) &&
	       unit_stat(HAK_STAT_SLABS_LENT) ==
		       unit_stat(HAK_STAT_SLABS_RETURNED) &&
	       hak_window.span[0].lent == 0;
}

static void every_class(void)
{
	unsigned int class;
	uint64_t *block;

	for (class = 1; class < HAK_CLASSES; class++) {
		block = get(class);
		unit_need(block);
		unit_expect(hak_entry_class(hak_window_entry(block)) == class);
		unit_expect(hak_entry_key(hak_window_entry(block)) ==
			    tcache->key);
		memset(block, 0xa5, hak_sizeclass[class].bytes);
		give(class, block);
		unit_expect(first(class) == block);
		unit_expect(length(class) == 1);
		hak_tcache_flush(tcache);
		unit_expect(!first(class));
		unit_expect(length(class) == 0);
	}
	unit_expect(all_home());
	unit_result("a block of every class comes and goes");
}

static void order(void)
{
	void *block[4], *other;
	int i;

	for (i = 0; i < 4; i++)
		block[i] = get(7);
	while (first(7)) /* what the refills drew in advance */
		unit_need(get(7));
	unit_expect(length(7) == 0);
	for (i = 0; i < 4; i++)
		give(7, block[i]);
	unit_expect(first(7) == block[3]);
	unit_expect(length(7) == 4);
	for (i = 3; i >= 0; i--)
		unit_expect(get(7) == block[i]);
	unit_expect(!first(7) && length(7) == 0);
	other = get(7);
	for (i = 0; i < 4; i++)
		unit_expect(other != block[i]);
	unit_result("the last freed comes first, and an empty bin is refilled");
}

static unsigned int count(unsigned int class)
{
	const hak_cell *cell = tcache->top[class];
	unsigned int n = 0;

	while (*--cell != &tcache->nil)
		n++;
	return n;
}

enum { MANY = 100000, SMALL = 4, SMALL_BYTES = 64 };

static void *many[MANY];

static void get_many(unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		many[i] = get(SMALL);
		unit_need(many[i]);
	}
}

static void give_many(unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		give(SMALL, many[i]);
		unit_expect(length(SMALL) <= hak_bin_capacity(tcache, SMALL));
	}
}

static void bounds(void)
{
	unsigned int most = hak_sizeclass[SMALL].cached;
	unsigned int before, i;

	unit_need(hak_sizeclass[SMALL].bytes == SMALL_BYTES);
	unit_expect(hak_bin_capacity(tcache, SMALL) == 0);
	for (i = 0; i < 20; i++) {
		get_many(2 * most);
		before = hak_bin_capacity(tcache, SMALL);
		give_many(2 * most);
		unit_expect(count(SMALL) == length(SMALL));
		unit_expect(hak_bin_capacity(tcache, SMALL) == before);
	}
	unit_expect(before == most);
	unit_expect(tcache->charged >= most * SMALL_BYTES);
	unit_expect(tcache->nr_cells[SMALL] > most);
	unit_result("a bin that is empty and full by turns grows, to its most");

	get_many(MANY);
	give_many(MANY);
	unit_expect(length(SMALL) == 0 && !first(SMALL));
	unit_expect(hak_bin_capacity(tcache, SMALL) == 0);
	unit_expect(tcache->nr_cells[SMALL] == 1);
	/* From a refill on the bin has blocks again. */
	many[0] = get(SMALL);
	give(SMALL, many[0]);
	unit_expect(first(SMALL) == many[0]);
	unit_result("a bin of a class that is given up empties itself");
}

/* Without credit a bin grows at the cost of the other bins. */
static void poor(void)
{
	unsigned int class, i;
	uint32_t charged = 0;

	hak_tcache_flush(tcache);
	hak_tcache_tidy(tcache);
	unit_expect(tcache->charged == 0 && hak_credit_given() == 0);
	unit_need(setenv("HAKMEM_CACHE_MB", "0", 1) == 0);
	hak_options_read();
	for (i = 0; i < 10; i++)
		for (class = 1; class < 20; class++) {
			give(class, get(class));
			get_many(1000);
			give_many(1000);
		}
	for (class = 1; class < HAK_CLASSES; class++)
		charged += hak_bin_capacity(tcache, class) *
			   hak_bin_cost(class);
	unit_expect(charged == tcache->charged && charged <= 16 << 10);
	unit_expect(charged > 4 << 10 && hak_credit_given() == 0);
	unit_expect(hak_bin_capacity(tcache, SMALL) > 20);
	unit_result("without a budget all bins share 16 KiB");

	/* No block of the largest class fits: such a block passes the bin by. */
	class = HAK_CLASSES - 1;
	give(class, get(class));
	unit_expect(hak_bin_capacity(tcache, class) == 0);
	unit_expect(!memcmp(tcache->tiny_class, hak_tiny_class,
			    sizeof(hak_tiny_class)));
	unit_result("a block larger than the credit passes the bin by");
}

/* What a signal handler may do while the bin moves to other cells. */
static void amid_other_work(void)
{
	hak_cell *top, *limit;
	void *a, *b;

	hak_tcache_flush(tcache);
	a = get(SMALL);
	top = tcache->top[SMALL];
	limit = tcache->limit[SMALL];
	tcache->top[SMALL] = &tcache->bottom + 1;
	tcache->limit[SMALL] = NULL;
	atomic_fetch_or(&tcache->work, 1);
	b = get(SMALL);
	unit_need(b && b != a);
	give(SMALL, a);
	give(SMALL, b);
	unit_expect(hak_slab_has(hak_slab_of(a),
				 hak_slab_index(hak_slab_of(a), a)));
	unit_expect(tcache->top[SMALL] == &tcache->bottom + 1);
	tcache->top[SMALL] = top;
	tcache->limit[SMALL] = limit;
	atomic_fetch_add(&tcache->work, 1);
	unit_expect(all_home());
	unit_result("amid other work blocks go past a closed bin");
}

/* As a second free does of the block that hakmem has taken for cells. */
static void spoilt_cells(void)
{
	hak_tcache_flush(tcache);
	unit_need(hak_bin_grow(tcache, SMALL, 2 * HAK_OWN_CELLS));
	*(hak_word *)tcache->cells[SMALL] = HAK_FREED;
	hak_tcache_flush(tcache);
	unit_expect(tcache->bottom == &tcache->nil && !first(SMALL));
	unit_expect(all_home());
	unit_result("a spoilt lowest cell goes with its block");
}

static void model(void)
{
	static uint64_t *held[HELD];
	unsigned int class, i;
	uint64_t **at;

	for (i = 0; i < STEPS; i++) {
		at = &held[unit_below(HELD)];
		if (*at) {
			class = (unsigned int)(*at)[1];
			unit_expect((*at)[0] == (uint64_t)*at);
			give(class, *at);
			*at = NULL;
			continue;
		}
		class = 1 + (unsigned int)unit_below(unit_below(8) ? 20 : 40);
		*at = get(class);
		unit_need(*at);
		(*at)[0] = (uint64_t)*at;
		(*at)[1] = class;
		if (i % 5000 == 0)
			hak_tcache_flush(tcache);
		if (i % 7000 == 0)
			hak_tcache_tidy(tcache);
	}
	for (i = 0; i < HELD; i++) {
		if (!held[i])
			continue;
		unit_expect(held[i][0] == (uint64_t)held[i]);
		give((unsigned int)held[i][1], held[i]);
	}
	unit_expect(all_home());
	unit_result("random blocks are nobody else's, and all come home");
}

static void *get_past(void)
{
	void *block;

	unit_need(hak_slabs_draw(tcache, 12, &block, 1) == 1);
	return block;
}

static int commit(void *arg)
{
	uint64_t *a = get(12), *b = get(12);
	const struct hak_slab *slab;

	while (first(12))
		unit_need(get(12));
	give(12, a);
	switch (*(int *)arg) {
	case 0: /* one word too far, or a use after free */
		a[0] = 0x4141414141414141;
		get(12);
		break;
	case 1: /* found at the flush, too */
		a[0] = 0;
		hak_tcache_flush(tcache);
		break;
	case 2: /* freed twice: handed out once, then spoilt */
		give(12, a);
		get(12);
		get(12);
		break;
	case 3:
		give(12, b);
		give(12, a);
		hak_tcache_flush(tcache);
		break;
	case 8: /* freed twice, with a write between */
		a[0] = 0;
		give(12, a);
		get(12);
		get(12);
		break;
	case 10: /* the second time, a goes home at once with half of the bin */
		hak_tcache_flush(tcache);
		unit_need(hak_bin_grow(tcache, 12, 4));
		give(12, a);
		give(12, get_past());
		give(12, get_past());
		give(12, a);
		give(12, b);
		get(12);
		get(12);
		get(12);
		get(12);
		break;
	case 9:
		a[0] = 0;
		give(12, b);
		give(12, a);
		hak_tcache_flush(tcache);
		break;
	case 4: /* past the bin while it is in the bin */
		hak_tcache_put(tcache, a);
		break;
	case 5:
		hak_tcache_put(tcache, (char *)b + 16);
		break;
	case 6:
		give(12, (char *)b + 16);
		hak_tcache_flush(tcache);
		break;
	default: /* the slab has room for a third of another block */
		b = get(3);
		slab = hak_slab_of(b);
		give(3, slab->start + (size_t)slab->blocks * 48);
		hak_tcache_flush(tcache);
	}
	return 0;
}

static void sins(void)
{
	static const struct {
		const char *name;
		const char *kind;
		const char *detail;
	} all[] = {
		{ "a free block written to, found when it would be handed out",
		  "corrupted free list", "a 256-byte block" },
		{ "a free block written to, found at the flush",
		  "corrupted free list", "a 256-byte block" },
		{ "freed twice, found when it would be handed out",
		  "double free", "a 256-byte block" },
		{ "freed twice, found at the flush", "double free",
		  "a 256-byte block" },
		{ "freed twice, the second time past the bin", "double free",
		  "a 256-byte block" },
		{ "a pointer inside a block, past the bin", "interior free",
		  "a 256-byte block at" },
		{ "a pointer inside a block, found at the flush",
		  "interior free", "a 256-byte block at" },
		{ "a pointer behind a slab's last block", "interior free",
		  "a 48-byte block" },
		{ "written to and freed twice, found when it would be handed out",
		  "double free", "a 256-byte block" },
		{ "written to and freed twice, found at the flush",
		  "double free", "a 256-byte block" },
		{ "freed twice, once home, found when it would be handed out",
		  "double free", "a 256-byte block" },
	};
	struct ktap_run run;
	char begin[64];
	int way;

	unit_no_core();
	for (way = 0; way < 11; way++) {
		snprintf(begin, sizeof(begin), "hakmem: %s: 0x",
			 all[way].kind);
		ktap_run_fork(&run, commit, &way, 20);
		if (!ksft_test_result(WIFSIGNALED(run.status) &&
			    WTERMSIG(run.status) == SIGABRT &&
			    strncmp(run.err, begin, strlen(begin)) == 0 &&
			    strstr(run.err, all[way].detail), "%s",
			    all[way].name))
			ktap_run_print(&run);
	}
}

/* The program's word may be the mark: that alone is no fault. */
static void lookalike(void)
{
	uint64_t *block = get(15);

	block[0] = HAK_FREED;
	give(15, block);
	unit_expect(first(15) == block && get(15) == block);
	block[0] = HAK_FREED;
	hak_tcache_put(tcache, block);
	unit_expect(all_home());
	unit_result("a block that looks like a free one is not taken for one");
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(21);
	unit_open_heap();
	tcache = hak_thread_tcache();
	unit_need(tcache && hak_tcache_real(tcache) && tcache == hak_tls);
	unit_expect(unit_stat(HAK_STAT_TCACHES_MADE) == 1);
	every_class();
	lookalike();
	amid_other_work();
	spoilt_cells();
	model();
	order();
	bounds();
	sins();
	poor();
	return ksft_finished();
}
