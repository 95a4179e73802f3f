/* SPDX-License-Identifier: MIT */
/*
 * todo.h - the work for the next end of a slow path: a word of bits.
 *
 * A function of a lower floor may not call a higher floor. The function leaves a note
 * in its own data, and sets the note's bit here. The end of a slow path (front/slow.c)
 * calls the floors that read the notes; the keeper takes only CALL. The bits from
 * SETTLER on are the number of threads that settle now.
 */
#pragma once

#include "base/atomic.h"
#include "base/compiler.h"

#include <stdbool.h>
#include <stdint.h>

enum hak_todo {
	HAK_TODO_SETTLE = 1,   /* a span got superslabs back: check the budget */
	HAK_TODO_LOOK = 2,     /* superslabs were lent: check on which node they lie */
	HAK_TODO_COLLECT = 4,  /* collect remote frees for parked tcaches */
	HAK_TODO_LEARN = 8,    /* a span has grown: read the cgroup's memory limit */
	HAK_TODO_CALL = 16,    /* wake the keeper, which has work */
	HAK_TODO_KEEPER = 32,  /* there is work for a keeper, and no keeper */
	HAK_TODO_BIRTH = 64,   /* a thread needs a tcache after many frees */
	HAK_TODO_INHERIT = 128, /* a fork child grows: see cache/inherit.h */
	HAK_TODO_SPARSE = 256, /* check the free units of sparse superslabs */
	HAK_TODO_SETTLER = 1 << 16, /* added by each thread that settles now */
};

extern _Atomic uint32_t hak_todo HAK_HIDDEN;

static inline void hak_todo_add(enum hak_todo what)
{
	/* pairs with hak_todo_take(), which then sees the caller's note */
	hak_or_release(&hak_todo, (uint32_t)what);
}

/* Clear the note's bit. True if the bit was set; then the caller acts on the note. */
static inline bool hak_todo_take(enum hak_todo what)
{
	return hak_read_once(&hak_todo) & what &&
	       /* pairs with hak_todo_add() */
	       atomic_fetch_and_explicit(&hak_todo, ~(uint32_t)what,
					 memory_order_acq_rel) &
		       what;
}

/* Count a thread that begins to settle. */
static inline void hak_todo_enter_settler(void)
{
	hak_add_relaxed(&hak_todo, HAK_TODO_SETTLER);
}

/*
 * Count a thread that has settled. Do not go below 0, because the thread may have forked
 * meanwhile, and the child may have reset the count.
 */
static inline void hak_todo_leave_settler(void)
{
	uint32_t seen = hak_read_once(&hak_todo);

	while (seen >= HAK_TODO_SETTLER &&
	       !hak_cas_weak_relaxed(&hak_todo, &seen, seen - HAK_TODO_SETTLER))
		;
}

/* Is any thread settling now? */
static inline bool hak_todo_has_settler(void)
{
	return hak_read_once(&hak_todo) >= HAK_TODO_SETTLER;
}
