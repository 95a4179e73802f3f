/* SPDX-License-Identifier: MIT */
/*
 * nodeset.c - sets of memory nodes by the kernel's numbers, which have gaps.
 */
#include "base/nodeset.h"

bool hak_nodeset_cut(struct hak_nodeset *set, const struct hak_nodeset *other)
{
	uint64_t any = 0;
	unsigned i;

	for (i = 0; i < HAK_NODESET_WORDS; i++)
		any |= set->word[i] &= other->word[i];
	return any;
}

unsigned hak_nodeset_count(const struct hak_nodeset *set)
{
	unsigned n = 0;
	unsigned i;

	for (i = 0; i < HAK_NODESET_WORDS; i++)
		n += hak_count_bits(set->word[i]);
	return n;
}

unsigned hak_nodeset_next(const struct hak_nodeset *set, unsigned id)
{
	uint64_t rest;

	while (id < HAK_NODE_IDS) {
		rest = set->word[id / 64] >> (id & 63);
		if (rest)
			return id + hak_lowest_bit(rest);
		id = (id / 64 + 1) * 64;
	}
	return HAK_NODE_IDS;
}

/* Parse a number below HAK_NODE_IDS. Returns HAK_NODE_IDS if there is none. */
static unsigned parse_id(const char **at)
{
	unsigned id = 0;

	if (**at < '0' || **at > '9')
		return HAK_NODE_IDS;
	for (; **at >= '0' && **at <= '9'; (*at)++) {
		id = id * 10 + (unsigned)(**at - '0');
		if (id >= HAK_NODE_IDS)
			return HAK_NODE_IDS;
	}
	return id;
}

bool hak_nodeset_parse(struct hak_nodeset *set, const char *list)
{
	unsigned first, last;

	*set = (struct hak_nodeset){ { 0 } };
	do {
		first = last = parse_id(&list);
		if (*list == '-') {
			list++;
			last = parse_id(&list);
		}
		if (last == HAK_NODE_IDS || first > last)
			return false;
		while (first <= last)
			hak_nodeset_add(set, first++);
	} while (*list++ == ',');
	return list[-1] == '\0' || (list[-1] == '\n' && *list == '\0');
}
