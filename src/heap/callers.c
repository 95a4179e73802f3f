/* SPDX-License-Identifier: MIT */
/*
 * callers.c - how other threads find a parked owner with remote frees.
 *
 * Owns    the nodes' lists of parked owners with remote frees.
 * Locks   none: all data is atomic.
 * Calls   base/todo.h.
 */
#include "heap/callers.h"

#include "heap/owner.h"
#include "base/atomic.h"
#include "base/todo.h"

enum { CALLERS_BEFORE_CALL = 16 };

void hak_callers_add(struct hak_owner *owner)
{
	struct hak_callers *callers = owner->callers;
	struct hak_owner *head;

	/* pairs with hak_callers_next() */
	if (hak_exchange_acquire(&owner->called, true))
		return;
	head = hak_read_once(&callers->first);
	do {
		owner->next = head;
		/* pairs with hak_callers_take() */
	} while (!hak_cas_weak_release(&callers->first, &head, owner));
	/*
	 * Threads that free blocks empty the list too, but these threads may stop
	 * freeing. So tell the keeper each time that CALLERS_BEFORE_CALL owners
	 * have come on the list.
	 */
	if (hak_unlikely((hak_add_relaxed(&callers->count, 1) + 1) %
				 CALLERS_BEFORE_CALL ==
			 0))
		hak_todo_add(HAK_TODO_CALL);
}

struct hak_owner *hak_callers_take(struct hak_callers *callers)
{
	if (!hak_read_once(&callers->first))
		return NULL;
	hak_write_once(&callers->count, 0);
	/* pairs with hak_callers_add() */
	return hak_exchange_acquire(&callers->first, NULL);
}

struct hak_owner *hak_callers_next(struct hak_owner *owner)
{
	struct hak_owner *next = owner->next;

	/*
	 * pairs with hak_callers_add(): from now on another thread may put the
	 * owner on the list again, and write `next`
	 */
	hak_store_release(&owner->called, false);
	return next;
}
