/* SPDX-License-Identifier: MIT */
/*
 * owner.c - owners of slabs, and how others find a parked owner.
 *
 * Owns    owner ids, and the nodes' lists of calling parked owners.
 * Locks   none: all data is atomic.
 * Calls   base/todo.h.
 */
#include "heap/owner.h"

#include "heap/layout.h"
#include "base/atomic.h"
#include "base/todo.h"

enum {
	FIRST_OWNER = 2, /* 0 is nobody, 1 any thread without a tcache */
	CALLERS_BEFORE_CALL = 16,
};

static _Atomic uint32_t owners = FIRST_OWNER;

uint32_t hak_owner_key(void)
{
	uint32_t id = hak_read_once(&owners);

	do {
		if (id == HAK_OWNERS_MAX)
			return 0;
	} while (!hak_cas_weak_relaxed(&owners, &id, id + 1));
	return id << HAK_OWNER_SHIFT;
}

void hak_owner_call(struct hak_owner *owner)
{
	struct hak_callers *callers = owner->callers;
	struct hak_owner *head;

	/* pairs with hak_callers_take() */
	if (hak_exchange_acquire(&owner->called, true))
		return;
	head = hak_read_once(&callers->first);
	do {
		owner->next = head;
		/* pairs with hak_callers_take() */
	} while (!hak_cas_weak_release(&callers->first, &head, owner));
	/* Freeing threads collect too, but may stop too early: call the keeper. */
	if (hak_unlikely((hak_add_relaxed(&callers->count, 1) + 1) %
				 CALLERS_BEFORE_CALL ==
			 0))
		hak_todo_add(HAK_TODO_CALL);
}

void hak_owner_park(struct hak_owner *owner)
{
	/* pairs with enqueue(): at least one side sees the other */
	atomic_store_explicit(&owner->parked, true, memory_order_seq_cst);
	if (atomic_load_explicit(&owner->queue, memory_order_seq_cst))
		hak_owner_call(owner);
}

struct hak_owner *hak_callers_take(struct hak_callers *callers)
{
	if (!hak_read_once(&callers->first))
		return NULL;
	hak_write_once(&callers->count, 0);
	/* pairs with hak_owner_call() */
	return hak_exchange_acquire(&callers->first, NULL);
}

struct hak_owner *hak_owner_next(struct hak_owner *owner)
{
	struct hak_owner *next = owner->next;

	/* pairs with hak_owner_call(): the next caller may write `next` */
	hak_store_release(&owner->called, false);
	return next;
}
