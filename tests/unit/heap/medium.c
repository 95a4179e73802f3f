/* SPDX-License-Identifier: MIT */
/* medium.c - blocks of whole units: contents kept, cut, lengthened, returned. */
#include "heap/block.h"

#include "unit/heap.h"

enum { HELD = 60, STEPS = 4000 };

static struct hak_node *node;

struct row {
	char *block;
	size_t bytes;
};

static void stamp(const struct row *row, size_t from)
{
	size_t at;

	for (at = hak_round_up(from, HAK_UNIT_BYTES); at + 8 <= row->bytes;
	     at += HAK_UNIT_BYTES)
		*(uint64_t *)(row->block + at) = (uint64_t)row->block + at;
}

static void check(const struct row *row, size_t bytes)
{
	size_t at;

	for (at = 0; at + 8 <= bytes; at += HAK_UNIT_BYTES)
		unit_expect(*(uint64_t *)(row->block + at) ==
			    (uint64_t)row->block + at);
	unit_expect(hak_medium_usable(row->block) ==
		    hak_round_up(row->bytes, HAK_UNIT_BYTES));
	at = unit_below(hak_medium_usable(row->block));
	unit_expect(hak_block_around(row->block + at) == row->block);
}

static void alloc(struct row *row)
{
	size_t align = 1UL << unit_below(HAK_SUPERSLAB_SHIFT - 1);
	bool zero = false;
	size_t at;

	row->bytes = 1 + unit_below(unit_below(9) ? HAK_MEDIUM_MAX / 4 :
						    HAK_MEDIUM_MAX);
	row->block = hak_medium_alloc(node, row->bytes, align, &zero);
	unit_need(row->block);
	unit_expect((uintptr_t)row->block % align == 0);
	unit_expect((uintptr_t)row->block % HAK_UNIT_BYTES == 0);
	unit_expect(hak_window_entry(row->block) ==
		    hak_entry(0, HAK_CLASS_MEDIUM));
	for (at = 0; zero && at + 8 <= row->bytes; at += HAK_UNIT_BYTES)
		unit_expect(*(uint64_t *)(row->block + at) == 0);
	stamp(row, 0);
}

static void resize(struct row *row)
{
	size_t before = row->bytes;
	size_t bytes = 1 + unit_below(HAK_MEDIUM_MAX / 2);
	size_t kept = bytes < before ? bytes : before;

	if (!hak_medium_resize(row->block, bytes)) {
		unit_expect(bytes > hak_medium_usable(row->block));
		return;
	}
	row->bytes = bytes;
	check(row, kept);
	stamp(row, kept);
}

static void release(struct row *row)
{
	unit_expect(hak_window_entry(row->block) ==
		    hak_entry(0, HAK_CLASS_MEDIUM));
	hak_medium_free(row->block);
	unit_expect(hak_window_entry(row->block) == 0);
	row->block = NULL;
}

static void model(void)
{
	static struct row held[HELD];
	struct row *row;
	int i;

	for (i = 0; i < STEPS; i++) {
		row = &held[unit_below(HELD)];
		if (!row->block) {
			alloc(row);
			continue;
		}
		check(row, row->bytes);
		if (unit_below(3) == 0)
			resize(row);
		else
			release(row);
	}
	for (i = 0; i < HELD; i++)
		if (held[i].block)
			release(&held[i]);
	hak_medium_trim(node);
	unit_expect(hak_window.span[0].lent == 0);
	unit_expect(unit_stat(HAK_STAT_RUNS_OUT) ==
		    unit_stat(HAK_STAT_RUNS_IN));
	unit_result("random blocks against a model");
}

static void whole(void)
{
	bool zero = false;
	char *block = hak_medium_alloc(node, HAK_MEDIUM_MAX, 1, &zero);

	unit_need(block);
	unit_expect((uintptr_t)block % HAK_SUPERSLAB_BYTES == 0);
	unit_expect(hak_medium_usable(block) == HAK_SUPERSLAB_BYTES);
	unit_expect(hak_block_around(block + HAK_MEDIUM_MAX - 1) == block);
	memset(block, 'w', HAK_MEDIUM_MAX);
	unit_expect(hak_medium_resize(block, 1));
	unit_expect(hak_medium_usable(block) == HAK_UNIT_BYTES);
	unit_expect(hak_block_around(block + HAK_UNIT_BYTES) == NULL);
	unit_expect(hak_medium_resize(block, HAK_MEDIUM_MAX));
	unit_expect(hak_medium_usable(block) == HAK_MEDIUM_MAX);
	unit_expect(!hak_medium_resize(block, HAK_MEDIUM_MAX + 1));
	unit_expect(block[0] == 'w');
	hak_medium_free(block);
	unit_expect(hak_window.span[0].lent == 1);
	unit_expect(hak_medium_alloc(node, HAK_MEDIUM_MAX, 1, &zero) == block);
	unit_expect(!zero);
	hak_medium_free(block);
	hak_medium_trim(node);
	unit_expect(hak_window.span[0].lent == 0);
	unit_expect(hak_block_around(block) == NULL);
	unit_result("a whole superslab, cut to a unit and back");
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(2);
	unit_open_heap();
	node = hak_nodes[0];
	whole();
	model();
	return ksft_finished();
}
