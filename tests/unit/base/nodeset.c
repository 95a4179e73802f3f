/* SPDX-License-Identifier: MIT */
/* nodeset.c - sets of nodes: lists read as the kernel writes them, and cut. */
#include "base/nodeset.h"

#include "unit/unit.h"

static bool reads(const char *list, uint64_t low, unsigned int count)
{
	struct hak_nodeset set;

	return hak_nodeset_parse(&set, list) && set.word[0] == low &&
	       hak_nodeset_count(&set) == count;
}

static void lists(void)
{
	struct hak_nodeset set;

	unit_expect(reads("0", 1, 1));
	unit_expect(reads("0\n", 1, 1));
	unit_expect(reads("0-3", 0xf, 4));
	unit_expect(reads("0-1,4,6-7\n", 0xd3, 5));
	unit_expect(reads("3,1", 0xa, 2));
	unit_expect(reads("63-64", 1UL << 63, 2));
	unit_expect(reads("1023", 0, 1));
	unit_expect(reads("0-1023", UINT64_MAX, 1024));
	unit_expect(hak_nodeset_parse(&set, "1000-1001") &&
		    hak_nodeset_has(&set, 1000) &&
		    !hak_nodeset_has(&set, 999) &&
		    !hak_nodeset_has(&set, 40000));
	unit_result("lists as the kernel writes them");
}

static void refused(void)
{
	static const char *const bad[] = { "",
					   "\n",
					   "a",
					   "-1",
					   "1-",
					   "3-1",
					   "1,",
					   ",1",
					   "1 ",
					   "1-2-3",
					   "1024",
					   "0-1024",
					   "99999999999999999999",
					   "1\n2",
					   "0x1",
					   "all" };
	struct hak_nodeset set;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		unit_expect(!hak_nodeset_parse(&set, bad[i]));
	unit_result("anything else is refused");
}

static void walks(void)
{
	struct hak_nodeset set = { { 0 } }, other = { { 0 } };

	unit_expect(hak_nodeset_next(&set, 0) == HAK_NODE_IDS);
	hak_nodeset_add(&set, 5);
	hak_nodeset_add(&set, 64);
	hak_nodeset_add(&set, 1023);
	unit_expect(hak_nodeset_next(&set, 0) == 5);
	unit_expect(hak_nodeset_next(&set, 5) == 5);
	unit_expect(hak_nodeset_next(&set, 6) == 64);
	unit_expect(hak_nodeset_next(&set, 65) == 1023);
	unit_expect(hak_nodeset_next(&set, 1024) == HAK_NODE_IDS);
	hak_nodeset_add(&other, 64);
	hak_nodeset_add(&other, 7);
	unit_expect(hak_nodeset_cut(&set, &other));
	unit_expect(hak_nodeset_count(&set) == 1 && hak_nodeset_has(&set, 64));
	other = (struct hak_nodeset){ { 1 } };
	unit_expect(!hak_nodeset_cut(&set, &other));
	unit_result("walked, and cut with another");
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(3);
	lists();
	refused();
	walks();
	return ksft_finished();
}
