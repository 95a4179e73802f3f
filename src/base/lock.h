/* SPDX-License-Identifier: MIT */
/*
 * lock.h - ranked futex locks that fork() can take all at once.
 *
 * A lock knows its holder; its rank (locks.def) says which locks its
 * holder may still take, which debug builds check. Not for signal handlers.
 */
#pragma once

#include "base/atomic.h"
#include "base/compiler.h"

#include <stdbool.h>
#include <stdint.h>

enum hak_lock_rank {
#define HAK_LOCK(id, guards) HAK_LOCK_##id,
#include "base/locks.def"
#undef HAK_LOCK
	HAK_LOCK_RANKS
};

/* Somebody sleeps: no thread pointer has this bit. */
#define HAK_LOCK_WAITED ((uintptr_t)1)

struct hak_lock {
	_Atomic uintptr_t word; /* holder's thread pointer, and HAK_LOCK_WAITED */
	uint32_t rank;
	uint32_t kept; /* across so many forks: see hak_lock_take_all() */
	struct hak_lock *next; /* of the same rank, in order of birth */
};

/* Before the first of them is born. */
void hak_lock_forget_all(void);

/* Locks are born during initialisation, on one thread, and never die. */
void hak_lock_init(struct hak_lock *lock, enum hak_lock_rank rank);
void hak_lock_take(struct hak_lock *lock);
void hak_lock_drop(struct hak_lock *lock);

/* Does this thread hold it? Or any, or is it forking? */
bool hak_lock_is_mine(const struct hak_lock *lock);
bool hak_lock_any_is_mine(void);

/*
 * In a child that was forked without the handlers below, on its only thread: true
 * if a thread of the parent held the lock, which is free then.
 */
bool hak_lock_was_lost(struct hak_lock *lock);

/*
 * Around fork(): take every lock in rank order; then, on both sides, let
 * them go. In between the forking thread passes through all of them freely,
 * because fork handlers of others may run there and allocate. A thread that
 * forks in a signal handler may hold some already; those it keeps, and the
 * code that was interrupted drops them, in the child too.
 */
void hak_lock_take_all(void);
bool hak_lock_is_forking(void); /* this thread, and it is in between */
void hak_lock_drop_all(void);
void hak_lock_reset_all(void);
