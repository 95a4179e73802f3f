/* SPDX-License-Identifier: MIT */
/*
 * run.c - free superslabs as runs, against an array that says what each is.
 *
 * The span has records only, and no memory.
 */
#include "heap/run.h"

#include "unit/heap.h"

enum { LIMIT = 300, STEPS = 4000 };

enum { TAKEN, WARM, COLD };

static struct hak_superslab records[LIMIT];
static struct hak_span span;
static uint8_t what[LIMIT];

static uint8_t kind_of(enum hak_run_kind kind)
{
	return kind == HAK_RUN_WARM ? WARM : COLD;
}

static void put(uint32_t first, uint32_t count, uint8_t as)
	HAK_REQUIRES(span.lock)
{
	uint32_t i;

	for (i = first; i < first + count; i++) {
		what[i] = as;
		records[i].state = as == WARM ? HAK_SUPERSLAB_EMPTY :
				   i % 2 ? HAK_SUPERSLAB_FRESH :
					   HAK_SUPERSLAB_DECOMMITTED;
	}
	hak_run_add_locked(&span, first, count);
}

static void take(uint32_t head, uint32_t first, uint32_t count)
	HAK_REQUIRES(span.lock)
{
	uint32_t i;

	hak_run_cut_locked(&span, head, first, count);
	for (i = first; i < first + count; i++) {
		what[i] = TAKEN;
		records[i].state = HAK_SUPERSLAB_LIVE;
	}
}

static uint32_t length_at(uint32_t i)
{
	uint32_t n = 1;

	while (i + n < LIMIT && what[i + n] == what[i])
		n++;
	return n;
}

static bool aligned(uint32_t i, uint32_t align)
{
	return ((uintptr_t)span.base / HAK_SUPERSLAB_BYTES + i) % align == 0;
}

static bool slow_has(uint8_t kind, uint32_t count, uint32_t align)
{
	uint32_t i;

	for (i = 0; i < LIMIT; i++)
		if (what[i] == kind && aligned(i, align) &&
		    length_at(i) >= count)
			return true;
	return false;
}

/* Every bin holds runs that are there, each of them once. */
static uint32_t count_bins(enum hak_run_kind kind)
{
	struct hak_runs *runs = &span.runs[kind];
	uint32_t in_bins = 0, head, bin;
	struct hak_list *link;

	for (bin = 0; bin < HAK_RUN_BINS; bin++) {
		if (!(runs->used >> bin & 1))
			continue;
		unit_expect(!hak_list_empty(&runs->bin[bin]));
		hak_list_for_each(link, &runs->bin[bin]) {
			head = (uint32_t)(hak_container_of(link,
					struct hak_superslab, link) - records);
			unit_expect(what[head] == kind_of(kind));
			unit_expect(!head || what[head - 1] != what[head]);
			unit_expect(records[head].run == length_at(head));
			unit_expect(records[head + length_at(head) - 1].run ==
				    length_at(head));
			in_bins += length_at(head);
		}
	}
	return in_bins;
}

static void compare(void) HAK_REQUIRES(span.lock)
{
	uint32_t is[3] = { 0 }, longest = 0, i;

	for (i = 0; i < LIMIT; i++) {
		is[what[i]]++;
		if (what[i] == WARM && length_at(i) > longest)
			longest = length_at(i);
	}
	unit_expect(count_bins(HAK_RUN_WARM) == is[WARM]);
	unit_expect(count_bins(HAK_RUN_NONRESIDENT) == is[COLD]);
	i = hak_run_longest_locked(&span, HAK_RUN_WARM);
	unit_expect((i == HAK_NO_RUN) == (longest == 0));
	/* Long ones share bins: then one of nearly the same length will do. */
	if (longest && longest <= 32)
		unit_expect(length_at(i) == longest);
	else if (longest)
		unit_expect(2 * length_at(i) > longest);
}

static void find(enum hak_run_kind kind, uint32_t count, uint32_t align)
	HAK_REQUIRES(span.lock)
{
	uint32_t first = 0, head;

	head = hak_run_find_locked(&span, kind, count, align, &first);
	unit_expect((head != HAK_NO_RUN) ==
		    slow_has(kind_of(kind), count, align));
	if (head == HAK_NO_RUN)
		return;
	unit_expect(what[head] == kind_of(kind));
	unit_expect(!head || what[head - 1] != what[head]);
	unit_expect(first >= head && aligned(first, align));
	unit_expect(first + count <= head + length_at(head));
	take(head, first, count);
}

static void step(void) HAK_REQUIRES(span.lock)
{
	uint32_t first = (uint32_t)unit_below(LIMIT), count;
	enum hak_run_kind kind = unit_below(2) ? HAK_RUN_WARM : HAK_RUN_NONRESIDENT;

	if (unit_below(2)) {
		count = 1 + (uint32_t)unit_below(unit_below(8) ? 6 : 80);
		find(kind, count, 1U << unit_below(6));
	} else if (what[first] == TAKEN) {
		count = 1 + (uint32_t)unit_below(length_at(first));
		put(first, count, kind_of(kind));
	}
}

static void exact(void) HAK_REQUIRES(span.lock)
{
	uint32_t first = 0;

	put(100, 1, WARM);
	compare();
	put(102, 1, WARM);
	put(101, 1, WARM);
	compare();
	unit_expect(records[100].run == 3);
	put(103, 2, COLD);
	compare();
	unit_expect(records[100].run == 3 && records[103].run == 2);
	unit_result("neighbours of one kind are one run, and of two, two");

	unit_expect(hak_run_find_locked(&span, HAK_RUN_WARM, 4, 1, &first) ==
		    HAK_NO_RUN);
	unit_expect(hak_run_find_locked(&span, HAK_RUN_WARM, 3, 1, &first) ==
		    100);
	unit_expect(first == 100);
	take(100, 101, 1);
	compare();
	unit_expect(records[100].run == 1 && records[102].run == 1);
	take(100, 100, 1);
	take(102, 102, 1);
	take(103, 103, 2);
	compare();
	unit_expect(!span.runs[HAK_RUN_WARM].used);
	unit_expect(!span.runs[HAK_RUN_NONRESIDENT].used);
	unit_result("cut from the middle, and whole");
}

static int cut_too_much(void *arg)
{
	(void)arg;
	hak_lock_assert(&span.lock);
	put(10, 4, WARM);
	hak_run_cut_locked(&span, 10, 12, 3);
	return 0;
}

int main(void)
{
	const char *name = "cutting more than there is faults";
	int i;

	ksft_print_header();
	ksft_set_plan(5);
	hak_lock_init(&span.lock, HAK_LOCK_SPAN);
	hak_lock_take(&span.lock);
	span.superslab = records;
	span.mapped = LIMIT;
	span.base = (char *)(5UL * HAK_SUPERSLAB_BYTES); /* not aligned more */
	for (i = 0; i < LIMIT; i++)
		records[i].state = HAK_SUPERSLAB_LIVE;
	compare();
	unit_expect(hak_run_longest_locked(&span, HAK_RUN_WARM) == HAK_NO_RUN);
	unit_result("no runs at first");
	exact();
	if (HAK_DEBUG)
		unit_dies(name, cut_too_much, NULL, "hakmem: broken state: 0x");
	else
		ksft_test_result_skip("needs --enable-debug", "%s", name);
	for (i = 0; i < STEPS; i++) {
		step();
		if (i % 8 == 0)
			compare();
	}
	hak_lock_drop(&span.lock);
	unit_result("random runs agree with an array");
	return ksft_finished();
}
