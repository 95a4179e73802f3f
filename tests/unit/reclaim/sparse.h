/* SPDX-License-Identifier: MIT */
/*
 * sparse.h - takes units of superslabs, stamps and returns them; makes a superslab
 * of which only one unit in ROW stays lent.
 */
#pragma once

#include "reclaim/decommit.h"

#include "unit/heap.h"

#include "os/clock.h"

#include <sys/mman.h>

enum {
	ROW = 16, /* of this many units, one stays lent */
	WORDS = HAK_UNIT_BYTES / 8,
};

static struct hak_node *node;
static struct hak_span *span;
static char *unit[HAK_UNITS];

static KTAP_UNUSED struct hak_superslab *superslab_of(const char *address)
{
	return &span->superslab[(size_t)(address - span->base) >>
				HAK_SUPERSLAB_SHIFT];
}

static KTAP_UNUSED char *take(unsigned int units, bool *ret_zero)
{
	struct hak_units got;
	bool taken;

	hak_lock_take(&node->lock);
	taken = hak_node_take_locked(node, units, 1, &got);
	hak_lock_drop(&node->lock);
	unit_need(taken);
	*ret_zero = got.zero;
	return got.address;
}

/* Return units. True if the superslab is now empty and belongs to its span. */
static KTAP_UNUSED bool give(char *address, unsigned int units)
{
	uint64_t before = unit_stat(HAK_STAT_SUPERSLABS_RETURNED);

	hak_lock_take(&node->lock);
	hak_node_give_locked(node, address, units);
	hak_lock_drop(&node->lock);
	return unit_stat(HAK_STAT_SUPERSLABS_RETURNED) != before;
}

static KTAP_UNUSED void stamp(char *address, unsigned int units, uint64_t with)
{
	uint64_t *word = (uint64_t *)address;
	size_t i;

	for (i = 0; i < (size_t)units * WORDS; i += 64)
		word[i] = with + i;
}

static KTAP_UNUSED bool is_whole(const char *address, unsigned int units, uint64_t with)
{
	const uint64_t *word = (const uint64_t *)address;
	size_t i;

	for (i = 0; i < (size_t)units * WORDS; i += 64)
		if (word[i] != with + i)
			return false;
	return true;
}

static KTAP_UNUSED bool is_zero(const char *address, unsigned int units)
{
	const uint64_t *word = (const uint64_t *)address;
	size_t i;

	for (i = 0; i < (size_t)units * WORDS; i++)
		if (word[i])
			return false;
	return true;
}

static KTAP_UNUSED unsigned int resident(char *address, size_t bytes)
{
	unsigned char page[HAK_SUPERSLAB_BYTES / 4096];
	unsigned int count = 0;
	size_t i;

	unit_need(mincore(address, bytes, page) == 0);
	for (i = 0; i < bytes / 4096; i++)
		count += page[i] & 1;
	return count;
}

/* Take a whole superslab, unit by unit, and return all units but one in ROW. */
static KTAP_UNUSED char *make_sparse(void)
{
	bool zero;
	int i;

	for (i = 0; i < HAK_UNITS; i++) {
		unit[i] = take(1, &zero);
		unit_need(unit[i] == unit[0] + (size_t)i * HAK_UNIT_BYTES);
		stamp(unit[i], 1, (uint64_t)i << 32 | 1);
	}
	for (i = 0; i < HAK_UNITS; i++)
		if (i % ROW)
			unit_need(!give(unit[i], 1));
	return unit[0];
}

static KTAP_UNUSED void check_lent(void)
{
	int i;

	for (i = 0; i < HAK_UNITS; i += ROW)
		unit_expect(is_whole(unit[i], 1, (uint64_t)i << 32 | 1));
}

static KTAP_UNUSED void end_sparse(void)
{
	int i;

	check_lent();
	for (i = 0; i < HAK_UNITS; i += ROW)
		unit_expect(!give(unit[i], 1) == (i + ROW < HAK_UNITS));
	hak_decommit_trim(span, 0);
	unit_expect(span->lent == 0 && span->warm == 0);
}

static KTAP_UNUSED void sparse_open(void)
{
	setenv("HAKMEM_SS_MEM_LEAN_DECOMMIT", "dontneed", 1);
	unit_open_heap();
	hak_clock_open();
	node = hak_nodes[0];
	span = &hak_window.span[0];
}
