/* SPDX-License-Identifier: MIT */
/* list.c - rings against an array, with random operations. */
#include "base/list.h"

#include "unit/unit.h"

enum { ITEMS = 40, STEPS = 20000 };

struct item {
	int padding;
	struct hak_list link;
	bool in;
};

static struct hak_list anchor;
static struct item items[ITEMS];
static struct item *model[ITEMS];
static unsigned int count;

static void compare(void)
{
	struct hak_list *link, *before = &anchor;
	unsigned int i = 0;

	unit_expect(hak_list_empty(&anchor) == (count == 0));
	unit_expect(hak_list_first(&anchor, struct item, link) ==
		    (count ? model[0] : NULL));
	hak_list_for_each(link, &anchor) {
		unit_expect(link->prev == before);
		unit_expect(i < count && model[i] ==
			    hak_container_of(link, struct item, link));
		before = link;
		i++;
	}
	unit_expect(i == count && anchor.prev == before);
}

static void add(struct item *item, bool in_front)
{
	if (in_front) {
		memmove(model + 1, model, count * sizeof(*model));
		model[0] = item;
		hak_list_push(&anchor, &item->link);
	} else {
		model[count] = item;
		hak_list_append(&anchor, &item->link);
	}
	item->in = true;
	count++;
}

static void take(struct item *item)
{
	unsigned int i = 0;

	while (model[i] != item)
		i++;
	count--;
	memmove(model + i, model + i + 1, (count - i) * sizeof(*model));
	hak_list_remove(&item->link);
	item->in = false;
}

int main(void)
{
	struct item *item;
	int i;

	ksft_print_header();
	ksft_set_plan(3);
	hak_list_init(&anchor);
	compare();
	unit_result("a new list is empty");

	add(&items[0], true);
	compare();
	take(&items[0]);
	compare();
	add(&items[1], false);
	compare();
	take(&items[1]);
	compare();
	unit_result("one item comes and goes, at either end");

	for (i = 0; i < STEPS; i++) {
		item = &items[unit_below(ITEMS)];
		if (item->in)
			take(item);
		else
			add(item, unit_below(2));
		compare();
	}
	unit_result("random operations agree with an array");
	return ksft_finished();
}
