/* SPDX-License-Identifier: MIT */
/*
 * nodeset.h - sets of memory nodes by the kernel's numbers, which have gaps.
 *
 * Laid out as the kernel takes them: bit n of word n / 64 is node n.
 */
#pragma once

#include "base/bits.h"

#include <stdbool.h>
#include <stdint.h>

enum { HAK_NODE_IDS = 1024, HAK_NODESET_WORDS = HAK_NODE_IDS / 64 };

struct hak_nodeset {
	uint64_t word[HAK_NODESET_WORDS];
};

static inline void hak_nodeset_add(struct hak_nodeset *set, unsigned id)
{
	set->word[id / 64] |= 1UL << (id & 63);
}

static inline bool hak_nodeset_has(const struct hak_nodeset *set, unsigned id)
{
	return id < HAK_NODE_IDS && set->word[id / 64] >> (id & 63) & 1;
}

/* Keeps what is in `other` too; false if that leaves nothing. */
bool hak_nodeset_cut(struct hak_nodeset *set, const struct hak_nodeset *other);

unsigned hak_nodeset_count(const struct hak_nodeset *set);

/* The first node from `id` on; HAK_NODE_IDS if there is none. */
unsigned hak_nodeset_next(const struct hak_nodeset *set, unsigned id);

/*
 * Reads a list as "0-3,8", with or without a newline behind it. False, and
 * the set undefined, for anything else, and for the empty list.
 */
bool hak_nodeset_parse(struct hak_nodeset *set, const char *list);
