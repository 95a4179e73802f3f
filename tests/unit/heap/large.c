/* SPDX-License-Identifier: MIT */
/* large.c - rows of superslabs: kept, cut, lengthened, moved by their pages. */
#include "heap/block.h"

#include "unit/heap.h"

enum { HELD = 12, STEPS = 600 };

#define MIB ((size_t)1 << 20)
#define STRIDE (MIB / 2)

struct row {
	char *block;
	size_t bytes;
};

static uint64_t moved_blocks;

static void stamp(const struct row *row, size_t from)
{
	size_t at;

	for (at = hak_round_up(from, STRIDE); at + 8 <= row->bytes;
	     at += STRIDE)
		*(uint64_t *)(row->block + at) = at + 1;
}

static void check(const struct row *row, size_t bytes)
{
	size_t at;

	for (at = 0; at + 8 <= bytes; at += STRIDE)
		unit_expect(*(uint64_t *)(row->block + at) == at + 1);
	unit_expect(hak_large_usable(row->block) ==
		    hak_round_up(row->bytes, hak_window.page));
	unit_expect(hak_window_entry(row->block) ==
		    hak_entry(0, HAK_CLASS_LARGE));
	at = unit_below(row->bytes);
	unit_expect(hak_block_around(row->block + at) == row->block);
}

static void alloc(struct row *row)
{
	size_t align = unit_below(4) ? 1 : MIB << unit_below(5);
	bool zero = false;
	size_t at;

	row->bytes = 2 * MIB + 1 + unit_below(20 * MIB);
	row->block = hak_large_alloc(row->bytes, align, &zero);
	unit_need(row->block);
	unit_expect((uintptr_t)row->block % align == 0);
	unit_expect((uintptr_t)row->block % HAK_SUPERSLAB_BYTES == 0);
	for (at = 0; zero && at + 8 <= row->bytes; at += STRIDE)
		unit_expect(*(uint64_t *)(row->block + at) == 0);
	stamp(row, 0);
}

static void resize(struct row *row)
{
	size_t before = row->bytes;
	size_t bytes = 1 + unit_below(30 * MIB);
	size_t kept = bytes < before ? bytes : before;

	if (!hak_large_resize(row->block, bytes))
		return;
	row->bytes = bytes;
	check(row, kept);
	stamp(row, kept);
}

static void move(struct row *row)
{
	size_t before = row->bytes;
	size_t bytes = before + 2 * MIB + unit_below(8 * MIB);
	char *old = row->block;
	char *block = hak_large_move(old, bytes);

	if (!block)
		return;
	moved_blocks++;
	unit_expect(block != old && hak_window_entry(old) == 0);
	row->block = block;
	row->bytes = bytes;
	check(row, before);
	stamp(row, before);
}

static void release(struct row *row)
{
	hak_large_free(row->block);
	unit_expect(hak_window_entry(row->block) == 0);
	unit_expect(hak_block_around(row->block) == NULL);
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
		switch (unit_below(4)) {
		case 0:
			resize(row);
			break;
		case 1:
			move(row);
			break;
		default:
			release(row);
		}
	}
	for (i = 0; i < HELD; i++)
		if (held[i].block)
			release(&held[i]);
	unit_expect(hak_window.span[0].lent == 0);
	unit_expect(hak_window.span[1].lent == 0);
	unit_expect(hak_stat_sum(HAK_STAT_RUNS_OUT) ==
		    hak_stat_sum(HAK_STAT_RUNS_IN));
	unit_expect(hak_stat_sum(HAK_STAT_RUNS_MOVED) == moved_blocks);
	unit_result("random blocks against a model");
}

/* Written before it moves away, a place reads as zero when lent again. */
static void place_left(void)
{
	const char *name = "the place that a block moved away from is zero";
	bool zero = false;
	char *block = hak_large_alloc(4 * MIB, 1, &zero), *to, *again;
	char *stays = hak_large_alloc(4 * MIB, 1, &zero);

	unit_need(block && stays);
	memset(block, 'p', 4 * MIB);
	to = hak_large_move(block, 40 * MIB);
	if (!to) {
		ksft_test_result_skip("needs MREMAP_DONTUNMAP (Linux 5.7)",
				      "%s", name);
		return;
	}
	moved_blocks++;
	unit_expect(to[0] == 'p' && to[4 * MIB - 1] == 'p');
	again = hak_large_alloc(4 * MIB, 1, &zero);
	unit_expect(again && zero && again[0] == 0 && again[4 * MIB - 1] == 0);
	again[0] = 'q';
	unit_expect(to[0] == 'p');
	hak_large_free(to);
	hak_large_free(again);
	hak_large_free(stays);
	unit_expect(hak_window.span[1].lent == 0);
	unit_result(name);
}

static void refusals(void)
{
	bool zero = false;
	char *block;

	unit_expect(!hak_large_alloc(PTRDIFF_MAX, 1, &zero));
	unit_expect(!hak_large_alloc(3 * MIB, 1UL << 62, &zero));
	unit_expect(!hak_large_alloc(1UL << 46, 1, &zero));
	block = hak_large_alloc(3 * MIB, 1, &zero);
	unit_need(block);
	block[3 * MIB - 1] = 'r';
	unit_expect(!hak_large_resize(block, PTRDIFF_MAX));
	unit_expect(!hak_large_move(block, PTRDIFF_MAX));
	unit_expect(hak_large_usable(block) == 3 * MIB);
	unit_expect(block[3 * MIB - 1] == 'r');
	hak_large_free(block);
	unit_result("more than there can be is refused, and nothing is lost");
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(3);
	unit_open_heap();
	place_left();
	model();
	refusals();
	return ksft_finished();
}
