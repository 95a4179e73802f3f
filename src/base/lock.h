/* SPDX-License-Identifier: MIT */
/*
 * lock.h - ranked futex locks; fork() takes all of them at once.
 *
 * A lock knows its holder. Its rank (locks.def) says which locks the holder may
 * still take; debug builds check the rank. Not for signal handlers.
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

/* A thread sleeps on the lock. No thread pointer has this bit. */
#define HAK_LOCK_WAITED ((uintptr_t)1)

struct hak_lock {
	_Atomic uintptr_t word; /* holder's thread pointer, and HAK_LOCK_WAITED */
	uint32_t rank;
	uint32_t kept; /* forks during which a holder keeps the lock */
	struct hak_lock *next; /* next lock of the same rank, in order of creation */
};

/* Call this before the first lock is initialised. */
void hak_lock_forget_all(void);

/* The initialising thread creates all locks. Locks are never destroyed. */
void hak_lock_init(struct hak_lock *lock, enum hak_lock_rank rank);
void hak_lock_take(struct hak_lock *lock);
void hak_lock_drop(struct hak_lock *lock);

/* Does the running thread hold this lock? Does it hold any, or is it forking? */
bool hak_lock_is_mine(const struct hak_lock *lock);
bool hak_lock_any_is_mine(void);

/*
 * For the only thread of a child, forked without the handlers below: true if a
 * thread of the parent held the lock. The lock is free afterwards.
 */
bool hak_lock_was_lost(struct hak_lock *lock);

/*
 * For the handlers around fork(): take every lock in rank order, then release
 * all locks, in the parent and in the child. Between the two the forking thread
 * passes through every lock freely, because fork handlers of other libraries may
 * run and allocate. A thread forking in a signal handler may already hold some
 * locks. The thread keeps these locks; the interrupted code drops them, also in
 * the child.
 */
void hak_lock_take_all(void);
bool hak_lock_is_forking(void); /* this thread is inside fork() */
void hak_lock_drop_all(void);
void hak_lock_reset_all(void);
