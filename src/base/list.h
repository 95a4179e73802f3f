/* SPDX-License-Identifier: MIT */
/*
 * list.h - circular doubly linked lists with an anchor.
 *
 * Locks   none. Whatever guards the anchor also guards the links of the items.
 */
#pragma once

#include "base/compiler.h"

#include <stdbool.h>

struct hak_list {
	struct hak_list *next;
	struct hak_list *prev;
};

static inline void hak_list_init(struct hak_list *anchor)
{
	anchor->next = anchor;
	anchor->prev = anchor;
}

static inline bool hak_list_empty(const struct hak_list *anchor)
{
	return anchor->next == anchor;
}

/* Insert at the front: hak_list_first() finds the newest item first. */
static inline void hak_list_push(struct hak_list *anchor,
				 struct hak_list *item)
{
	item->next = anchor->next;
	item->prev = anchor;
	anchor->next->prev = item;
	anchor->next = item;
}

static inline void hak_list_append(struct hak_list *anchor,
				   struct hak_list *item)
{
	hak_list_push(anchor->prev, item);
}

static inline void hak_list_remove(struct hak_list *item)
{
	item->prev->next = item->next;
	item->next->prev = item->prev;
}

#define hak_list_first(anchor, type, member) \
	(hak_list_empty(anchor) ? \
		 NULL : hak_container_of((anchor)->next, type, member))

#define hak_list_for_each(pos, anchor) \
	for (pos = (anchor)->next; pos != (anchor); pos = pos->next)
