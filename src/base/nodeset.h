/* SPDX-License-Identifier: MIT */
/*
 * nodeset.h - sets of memory nodes by the kernel's numbers, which have gaps.
 *
 * Same layout as the kernel's node masks: bit n of word n / 64 is node n.
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

/* Intersect the set with `other`. False if the result is empty. */
bool hak_nodeset_cut(struct hak_nodeset *set, const struct hak_nodeset *other);

unsigned hak_nodeset_count(const struct hak_nodeset *set);

/* The first node from `id` upwards; HAK_NODE_IDS if there is none. */
unsigned hak_nodeset_next(const struct hak_nodeset *set, unsigned id);

/*
 * Parse a list such as "0-3,8", with or without a newline at the end. For any
 * other text, also the empty text, the function returns false and the set is
 * undefined.
 */
bool hak_nodeset_parse(struct hak_nodeset *set, const char *list);
