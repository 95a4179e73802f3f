/* SPDX-License-Identifier: MIT */
/*
 * todo.h - the work for the next end of a slow path: a word of bits.
 *
 * A function of a lower floor may not call a higher floor. The function leaves
 * a note in its own data, and sets the note's bit here. The end of a slow path
 * (front/slow.c) calls the floors that read the notes; the keeper takes CALL.
 * The bits from SETTLER on are a count.
 */
#pragma once

#include "base/atomic.h"
#include "base/compiler.h"

#include <stdbool.h>
#include <stdint.h>

enum hak_todo {
	HAK_TODO_SETTLE = 1,   /* superslabs returned to spans over budget */
	HAK_TODO_LOOK = 2,     /* superslabs were lent, perhaps on a wrong node */
	HAK_TODO_COLLECT = 4,  /* remote frees wait for owners that do not run */
	HAK_TODO_LEARN = 8,    /* the heap has grown: read the cgroup's limit */
	HAK_TODO_CALL = 16,    /* the keeper has to tend owners that sleep */
	HAK_TODO_KEEPER = 32,  /* there is work for a keeper, and no keeper */
	HAK_TODO_BIRTH = 64,   /* a thread without a tcache has freed a lot */
	HAK_TODO_INHERIT = 128, /* a fork child grows: see cache/inherit.h */
	HAK_TODO_SPARSE = 256, /* sparse superslabs hold more free units */
	HAK_TODO_SETTLER = 1 << 16, /* one for each thread that settles */
};

extern _Atomic uint32_t hak_todo HAK_HIDDEN;

static inline void hak_todo_add(enum hak_todo what)
{
	/* pairs with hak_todo_take(): the note comes first */
	hak_or_release(&hak_todo, (uint32_t)what);
}

/* Clear a bit. True if the bit was set. */
static inline bool hak_todo_take(enum hak_todo what)
{
	return hak_read_once(&hak_todo) & what &&
	       /* pairs with hak_todo_add() */
	       atomic_fetch_and_explicit(&hak_todo, ~(uint32_t)what,
					 memory_order_acq_rel) &
		       what;
}

static inline void hak_todo_enter_settler(void)
{
	hak_add_relaxed(&hak_todo, HAK_TODO_SETTLER);
}

/* Never go below 0: a fork child may have reset the count meanwhile. */
static inline void hak_todo_leave_settler(void)
{
	uint32_t seen = hak_read_once(&hak_todo);

	while (seen >= HAK_TODO_SETTLER &&
	       !hak_cas_weak_relaxed(&hak_todo, &seen, seen - HAK_TODO_SETTLER))
		;
}

static inline bool hak_todo_has_settler(void)
{
	return hak_read_once(&hak_todo) >= HAK_TODO_SETTLER;
}
