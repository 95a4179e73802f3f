/* SPDX-License-Identifier: MIT */
/*
 * lock.h - futex locks with a rank, all taken during a fork().
 *
 * A lock knows its holder. The lock's rank (locks.def) says which locks the holder may
 * still take; debug builds check the rank. If a signal handler takes a lock that the
 * interrupted code holds, the program ends (REENTERED).
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

/* In a lock's word: a thread may sleep on the lock. No thread pointer has this bit. */
#define HAK_LOCK_WAITED ((uintptr_t)1)

struct HAK_CAPABILITY("lock") hak_lock {
	/* the holder's thread pointer, perhaps with HAK_LOCK_WAITED; 0: free */
	_Atomic uintptr_t word;
	uint32_t rank; /* enum hak_lock_rank */
	uint32_t kept; /* 1 during a fork by a thread that held the lock before */
	struct hak_lock *next; /* next lock of the same rank, in order of creation */
};

/* Empty the list of all locks. Call this before the first lock is initialised. */
void hak_lock_forget_all(void);

/* Only the initialising thread calls hak_lock_init(). Locks are never destroyed. */
void hak_lock_init(struct hak_lock *lock, enum hak_lock_rank rank);
void hak_lock_take(struct hak_lock *lock) HAK_ACQUIRES(*lock);
void hak_lock_drop(struct hak_lock *lock) HAK_RELEASES(*lock);

/*
 * Does the running thread hold this lock? Does it hold any lock, or is it inside
 * fork()?
 */
bool hak_lock_is_mine(const struct hak_lock *lock);
bool hak_lock_any_is_mine(void);

/*
 * Assert that the caller holds the lock. Every function with the suffix `_locked`
 * begins with this assertion. Debug builds check the holder. To clang the assertion
 * also says that two names mean the same lock: a function that took span->lock asserts
 * run->span->lock. In all other builds the macro does not even evaluate `lock`.
 */
#define hak_lock_assert(lock)                        \
	do {                                         \
		if (HAK_DEBUG || HAK_CHECKS_LOCKS)   \
			hak_lock_must_be_mine(lock); \
	} while (0)

/*
 * Some functions take a lock of the record that they return, and no attribute can name
 * this lock. After such a call, tell clang by this macro that the caller now holds the
 * lock and has to drop it.
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
 * For the only thread of a child that was forked without the fork handlers: if a thread
 * of the parent held the lock, free the lock and return true.
 */
bool hak_lock_was_lost(struct hak_lock *lock);

/*
 * For the fork handlers. hak_lock_take_all() takes every lock in rank order before the
 * fork. After the fork hak_lock_drop_all() drops all locks in the parent, and
 * hak_lock_reset_all() in the child. In between hak_lock_take() and hak_lock_drop() do
 * nothing for the forking thread, because fork handlers of other libraries may allocate.
 * A thread that forks in a signal handler may already hold some locks. The thread keeps
 * these locks, and the interrupted code drops them later, also in the child.
 */
void hak_lock_take_all(void);
bool hak_lock_is_forking(void); /* is the running thread inside fork()? */
void hak_lock_drop_all(void);
void hak_lock_reset_all(void);
