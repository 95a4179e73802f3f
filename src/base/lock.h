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
#include "base/fault.h"

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

struct HAK_CAPABILITY("lock") hak_lock {
	_Atomic uintptr_t word; /* holder's thread pointer, and HAK_LOCK_WAITED */
	uint32_t rank;
	uint32_t kept; /* forks during which a holder keeps the lock */
	struct hak_lock *next; /* next lock of the same rank, in order of creation */
};

/* Call this before the first lock is initialised. */
void hak_lock_forget_all(void);

/* The initialising thread creates all locks. Locks are never destroyed. */
void hak_lock_init(struct hak_lock *lock, enum hak_lock_rank rank);
void hak_lock_take(struct hak_lock *lock) HAK_ACQUIRES(*lock);
void hak_lock_drop(struct hak_lock *lock) HAK_RELEASES(*lock);

/* Does the running thread hold this lock? Does it hold any, or is it forking? */
bool hak_lock_is_mine(const struct hak_lock *lock);
bool hak_lock_any_is_mine(void);

/*
 * Every function with the suffix `_locked` begins with this assertion of the
 * caller's lock; debug builds check the holder. For clang the assertion also says
 * that two names mean the same lock: a function that took span->lock asserts
 * run->span->lock. In other builds nothing is left, not even the address.
 */
#define hak_lock_assert(lock)                        \
	do {                                         \
		if (HAK_DEBUG || HAK_CHECKS_LOCKS)   \
			hak_lock_must_be_mine(lock); \
	} while (0)

/*
 * The caller of a function that returns with a lock adopts the lock, because no
 * attribute can name a lock of the return value. From here on clang expects a
 * drop.
 */
#define hak_lock_adopt(lock)                            \
	do {                                            \
		if (HAK_DEBUG || HAK_CHECKS_LOCKS)      \
			hak_lock_has_become_mine(lock); \
	} while (0)

HAK_INLINE void hak_lock_must_be_mine(const struct hak_lock *lock)
	HAK_ASSERTS(*lock)
{
	if (HAK_DEBUG)
		hak_assert(hak_lock_is_mine(lock), "lock not held");
}

HAK_INLINE void hak_lock_has_become_mine(const struct hak_lock *lock)
	HAK_ACQUIRES(*lock) HAK_UNCHECKED_LOCKS
{
	hak_lock_must_be_mine(lock);
}

/*
 * For the only thread of a child, forked without the handlers below: true if a
 * thread of the parent held the lock. The lock is free afterwards.
 */
bool hak_lock_was_lost(struct hak_lock *lock);

/*
 * For the handlers around fork(): take every lock in rank order before the
 * fork, and release all locks after the fork, in the parent and in the child.
 * During the fork the forking thread passes through every lock freely, because
 * fork handlers of other libraries may run and allocate. A thread that forks in
 * a signal handler may already hold some locks. The thread keeps these locks,
 * and the interrupted code drops them later, also in the child.
 */
void hak_lock_take_all(void);
bool hak_lock_is_forking(void); /* this thread is inside fork() */
void hak_lock_drop_all(void);
void hak_lock_reset_all(void);
