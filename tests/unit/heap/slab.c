/* SPDX-License-Identifier: MIT */
/*
 * slab.c - one slab's blocks against a model of who has them, its states, and
 * every way in which a block that is freed twice must be found.
 */
#include "heap/slab.h"

#include "unit/heap.h"

#include "os/map.h"

#include <sys/mman.h>

enum { STEPS = 6000 };

/* Where a block is: with its slab, lent, or returned and not collected. */
enum { HOME, OUT, BACK };

static struct hak_owner owner;
static uint8_t where[HAK_SLAB_BLOCKS_MAX];

static struct hak_slab *lend(unsigned int class)
{
	struct hak_slab *slab = hak_node_lend(hak_nodes[0], &owner, class, 1);

	unit_need(slab);
	memset(where, HOME, sizeof(where));
	return slab;
}

static unsigned int count(const struct hak_slab *slab, uint8_t what)
{
	unsigned int i, n = 0;

	for (i = 0; i < slab->blocks; i++)
		n += where[i] == what;
	return n;
}

static void compare(const struct hak_slab *slab)
{
	uint32_t back = count(slab, BACK);

	unit_expect(slab->free == count(slab, HOME));
	unit_expect(slab->used == count(slab, OUT) + back);
	unit_expect((atomic_load(&slab->remote) &
		     ~(HAK_SLAB_FULL | HAK_SLAB_QUEUED)) == back);
	unit_expect(hak_slab_idle(slab) == (slab->used == 0));
}

/* A whole slab comes in ascending order. */
static void draw(struct hak_slab *slab, unsigned int most)
{
	size_t bytes = hak_sizeclass[slab->class].bytes;
	unsigned int home = count(slab, HOME), n, i, index;
	void *blocks[HAK_SLAB_BLOCKS_MAX];

	n = hak_slab_draw(slab, blocks, most);
	unit_expect(n == (most < home ? most : home));
	for (i = 0; i < n; i++) {
		index = hak_slab_index(slab, blocks[i]);
		unit_need(index < slab->blocks);
		unit_expect((char *)blocks[i] == slab->start + index * bytes);
		unit_expect(hak_slab_of(blocks[i]) == slab);
		unit_expect(hak_slab_of((char *)blocks[i] + bytes - 1) == slab);
		unit_expect(where[index] == HOME);
		unit_expect(home < slab->blocks || index == i);
		where[index] = OUT;
	}
}

static void put(struct hak_slab *slab, unsigned int index)
{
	if (where[index] != OUT)
		return;
	hak_slab_put(slab, index);
	slab->free++;
	slab->used--;
	where[index] = HOME;
}

static void return_word(struct hak_slab *slab, unsigned int word)
{
	uint64_t bits = 0, some = unit_random() & unit_random();
	unsigned int i;

	for (i = word * 64; i < slab->blocks && i < word * 64 + 64; i++) {
		if (where[i] == OUT && some >> (i & 63) & 1) {
			bits |= 1UL << (i & 63);
			where[i] = BACK;
		}
	}
	if (bits)
		hak_slab_return_remote(slab, word, bits);
}

static void collect(struct hak_slab *slab)
{
	unsigned int back = count(slab, BACK), i;

	unit_expect(hak_slab_collect(slab) == back);
	for (i = 0; i < slab->blocks; i++)
		if (where[i] == BACK)
			where[i] = HOME;
}

static void all_home(struct hak_slab *slab)
{
	unsigned int i;

	collect(slab);
	for (i = 0; i < slab->blocks; i++)
		put(slab, i);
	compare(slab);
	unit_expect(slab->free == slab->blocks && hak_slab_idle(slab));
}

static void model(unsigned int class)
{
	struct hak_slab *slab = lend(class);
	unsigned int i, index;

	unit_expect(slab->class == class && slab->owner == &owner);
	unit_expect(slab->blocks == hak_sizeclass[class].blocks);
	unit_expect(slab->units == hak_sizeclass[class].units);
	compare(slab);
	for (i = 0; i < STEPS; i++) {
		index = (unsigned int)unit_below(slab->blocks);
		switch (unit_below(6)) {
		case 0:
			draw(slab, (unsigned int)unit_below(64));
			break;
		case 1:
			return_word(slab, index / 64);
			break;
		case 2:
			collect(slab);
			break;
		default:
			put(slab, index);
		}
		compare(slab);
	}
	draw(slab, HAK_SLAB_BLOCKS_MAX);
	all_home(slab);
	hak_node_return(slab);
}

static void models(void)
{
	static const unsigned int classes[] = { 1, 4, 13, 30, 47, 56 };
	size_t i;

	for (i = 0; i < sizeof(classes) / sizeof(*classes); i++)
		model(classes[i]);
	unit_result("blocks against a model, in slabs of six classes");
}

static uint32_t marks(const struct hak_slab *slab)
{
	return atomic_load(&slab->remote) & (HAK_SLAB_FULL | HAK_SLAB_QUEUED);
}

static void duty(void)
{
	struct hak_slab *slab = lend(20), *other;

	unit_expect(hak_slab_dequeue_all(&owner) == NULL);
	draw(slab, HAK_SLAB_BLOCKS_MAX);
	unit_expect(hak_slab_set_full(slab));
	unit_expect(marks(slab) == HAK_SLAB_FULL && !hak_slab_idle(slab));
	unit_expect(hak_slab_dequeue_all(&owner) == NULL);
	hak_slab_return_remote(slab, 0, 1);
	unit_expect(marks(slab) == HAK_SLAB_QUEUED);
	hak_slab_return_remote(slab, 0, 6);
	unit_expect(marks(slab) == HAK_SLAB_QUEUED);
	unit_expect(!hak_slab_regain(slab));
	unit_expect(hak_slab_set_full(slab)); /* the queue will tell */
	unit_expect(marks(slab) == HAK_SLAB_QUEUED);
	where[0] = where[1] = where[2] = BACK;
	compare(slab);
	unit_result("the first return to a FULL slab queues it, no other does");

	unit_expect(hak_slab_dequeue_all(&owner) == slab);
	unit_expect(slab->queued == NULL);
	unit_expect(hak_slab_dequeue_all(&owner) == NULL);
	unit_expect(marks(slab) == HAK_SLAB_QUEUED);
	unit_expect(hak_slab_dequeued(slab) == 3);
	where[0] = where[1] = where[2] = HOME;
	unit_expect(marks(slab) == 0);
	compare(slab);
	all_home(slab);
	hak_node_return(slab);
	unit_result("dequeued, it is collected and unmarked");

	slab = lend(20);
	draw(slab, HAK_SLAB_BLOCKS_MAX);
	unit_expect(hak_slab_set_full(slab));
	put(slab, 5);
	unit_expect(hak_slab_regain(slab));
	unit_expect(marks(slab) == 0);
	draw(slab, 1);
	hak_slab_return_remote(slab, 0, 2);
	unit_expect(!hak_slab_set_full(slab));
	where[1] = BACK;
	all_home(slab);
	unit_result("regained by its owner's free; not watched with returns");

	slab = lend(20);
	other = lend(20);
	draw(other, HAK_SLAB_BLOCKS_MAX);
	memset(where, HOME, sizeof(where));
	draw(slab, HAK_SLAB_BLOCKS_MAX);
	unit_expect(hak_slab_set_full(slab) && hak_slab_set_full(other));
	hak_slab_return_remote(slab, 0, 1);
	hak_slab_return_remote(other, 0, 1);
	unit_expect(hak_slab_dequeue_all(&owner) == other);
	unit_expect(other->queued == slab && slab->queued == NULL);
	unit_expect(hak_slab_dequeued(other) == 1);
	unit_expect(hak_slab_dequeued(slab) == 1);
	unit_result("two of them queue behind each other");
}

/* What an owner does that parks: it goes on drawing from the slab. */
static void watching(void)
{
	struct hak_slab *slab = lend(20);

	unit_expect(hak_slab_set_full(slab));
	unit_expect(marks(slab) == HAK_SLAB_FULL && hak_slab_idle(slab));
	draw(slab, 3);
	unit_expect(hak_slab_set_full(slab));
	put(slab, 2);
	unit_expect(marks(slab) == HAK_SLAB_FULL && !hak_slab_idle(slab));
	compare(slab);
	hak_slab_return_remote(slab, 0, 1);
	unit_expect(marks(slab) == HAK_SLAB_QUEUED);
	where[0] = BACK;
	/* The owner may collect and use it up before it drains. */
	collect(slab);
	put(slab, 1);
	unit_expect(slab->used == 0 && !hak_slab_idle(slab));
	unit_expect(hak_slab_set_full(slab) && !hak_slab_idle(slab));
	unit_expect(hak_slab_dequeue_all(&owner) == slab);
	unit_expect(hak_slab_dequeued(slab) == 0);
	unit_expect(marks(slab) == 0 && hak_slab_idle(slab));
	hak_node_return(slab);
	unit_result("a watched slab lends on, and calls once");
}

/* used is not 0 though all bits are there: a freer has yet to count. */
static void counted_late(void)
{
	struct hak_slab *slab = lend(8);

	draw(slab, 2);
	atomic_fetch_or(&slab->returned[0], 1);
	hak_slab_return_remote(slab, 0, 2);
	unit_expect(hak_slab_collect(slab) == 1);
	unit_expect(slab->free == slab->blocks && slab->used == 1);
	unit_expect(!hak_slab_idle(slab));
	atomic_fetch_add(&slab->remote, 1);
	unit_expect(hak_slab_collect(slab) == 1);
	unit_expect(slab->free == slab->blocks && hak_slab_idle(slab));
	unit_result("not idle before the last freer has counted");
}

static int free_twice(void *arg)
{
	struct hak_slab *slab = lend(4);

	draw(slab, 70);
	switch (*(int *)arg) {
	case 0:
		hak_slab_put(slab, 65);
		hak_slab_put(slab, 65);
		break;
	case 1:
		hak_slab_return_remote(slab, 1, 2);
		hak_slab_return_remote(slab, 1, 3);
		break;
	case 2:
		hak_slab_return_remote(slab, 1, 2);
		hak_slab_put(slab, 65);
		hak_slab_collect(slab);
		break;
	default:
		hak_slab_put(slab, 65);
		hak_slab_return_remote(slab, 1, 2);
		hak_slab_collect(slab);
	}
	return 0;
}

static void faults(void)
{
	static const char *const names[] = {
		"freed twice by its owner", "freed twice by others",
		"freed by another, then by its owner",
		"freed by its owner, then by another",
	};
	struct hak_slab *next = lend(4);
	char *block;
	int way;

	hak_node_return(next);
	block = next->start + 65UL * 64;
	for (way = 0; way < 4; way++)
		unit_dies(names[way], free_twice, &way,
			  "hakmem: double free: %p: a 64-byte block of node 0, "
			  "owner %u; ", (void *)block,
			  owner.key >> HAK_OWNER_SHIFT);
}

/* Which of a slab's pages are there. */
static unsigned int resident(const struct hak_slab *slab)
{
	size_t bytes = (size_t)slab->units << HAK_UNIT_SHIFT;
	unsigned char there[256];
	unsigned int n = 0;
	size_t i;

	unit_need(mincore(slab->start, bytes, there) == 0);
	for (i = 0; i < bytes / hak_window.page; i++)
		n += there[i] & 1;
	return n;
}

static void touched(void)
{
	unsigned int class = hak_sizeclass_of(2048);
	struct hak_slab *slab = lend(class);
	unsigned int all =
		(unsigned int)(slab->units * HAK_UNIT_BYTES / hak_window.page);
	struct hak_slab *again;

	unit_expect(resident(slab) == 0 && all >= 8);
	hak_slab_touch(slab, slab->start, 0);
	unit_expect(resident(slab) == 0);
	hak_slab_touch(slab, slab->start + 3 * 2048, 0);
	unit_expect(resident(slab) == 0);
	hak_slab_touch(slab, slab->start + 3 * 2048, 2 * hak_window.page);
	unit_expect(resident(slab) == 2);
	hak_slab_touch(slab, slab->start, SIZE_MAX / 2);
	unit_expect(resident(slab) == all - 2);
	unit_need(hak_map_decommit(slab->start, all * hak_window.page) == 0);
	hak_slab_touch(slab, slab->start + 5 * 2048, 0);
	unit_expect(resident(slab) == 0);
	hak_node_return(slab);
	again = lend(class);
	unit_expect(again == slab && again->touched == UINT32_MAX);
	hak_node_return(again);
	unit_result("pages are populated once, ahead, and not one alone");
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(12);
	unit_open_heap();
	owner.key = hak_owner_key();
	touched(); /* the first one: of memory that nobody had */
	models();
	duty();
	watching();
	counted_late();
	faults();
	return ksft_finished();
}
