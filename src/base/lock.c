/* SPDX-License-Identifier: MIT */
/*
 * lock.c - ranked futex locks that fork() can take all at once.
 *
 * Owns    the register of all locks, and who is forking.
 * Calls   the futex system call.   Called by  heap/, cache/, front/fork.c.
 */
#include "lock.h"

#include "arch.h"
#include "fault.h"

#include <linux/futex.h>
#include <sys/syscall.h>

enum { SPINS = 64 };

static struct hak_lock *registered[HAK_LOCK_RANKS];

/* Thread pointer of the thread inside fork(), which holds every lock. */
static _Atomic uintptr_t forking;

/* Ranks that this thread holds, a bit each; debug builds only. */
static __thread uint32_t held HAK_INITIAL_EXEC;

static int is_forking(void)
{
	uintptr_t who = atomic_load_explicit(&forking, memory_order_relaxed);

	return hak_unlikely(who) && who == arch_thread_pointer();
}

static void wait_until_taken(struct hak_lock *lock)
{
	uint32_t seen;
	int i;

	for (i = 0; i < SPINS; i++) {
		seen = 0;
		if (atomic_compare_exchange_weak_explicit(
			    &lock->word, &seen, 1, memory_order_acquire,
			    memory_order_relaxed))
			return; /* pairs with drop() */
		arch_cpu_relax();
	}
	/* pairs with drop() */
	while (atomic_exchange_explicit(&lock->word, 2, memory_order_acquire))
		arch_syscall(SYS_futex, (long)&lock->word, FUTEX_WAIT_PRIVATE,
			     2, 0, 0, 0);
}

static void take(struct hak_lock *lock)
{
	uint32_t seen = 0;

	/* pairs with drop() */
	if (!atomic_compare_exchange_strong_explicit(&lock->word, &seen, 1,
						     memory_order_acquire,
						     memory_order_relaxed))
		wait_until_taken(lock);
}

static void drop(struct hak_lock *lock)
{
	/* pairs with take() */
	if (atomic_exchange_explicit(&lock->word, 0, memory_order_release) ==
	    2)
		arch_syscall(SYS_futex, (long)&lock->word, FUTEX_WAKE_PRIVATE,
			     1, 0, 0, 0);
}

void hak_lock_forget_all(void)
{
	int rank;

	for (rank = 0; rank < HAK_LOCK_RANKS; rank++)
		registered[rank] = NULL;
}

void hak_lock_init(struct hak_lock *lock, enum hak_lock_rank rank)
{
	struct hak_lock **end = &registered[rank];

	while (*end)
		end = &(*end)->next;
	lock->rank = rank;
	lock->next = NULL;
	*end = lock;
}

void hak_lock_take(struct hak_lock *lock)
{
	if (is_forking())
		return;
	if (HAK_DEBUG) {
		hak_assert(!(held >> lock->rank), "lock order");
		held |= 1U << lock->rank;
	}
	take(lock);
}

void hak_lock_drop(struct hak_lock *lock)
{
	if (is_forking())
		return;
	if (HAK_DEBUG) {
		hak_assert(held >> lock->rank == 1, "lock not held");
		held &= ~(1U << lock->rank);
	}
	drop(lock);
}

void hak_lock_take_all(void)
{
	struct hak_lock *lock;
	int rank;

	for (rank = 0; rank < HAK_LOCK_RANKS; rank++)
		for (lock = registered[rank]; lock; lock = lock->next)
			take(lock);
	atomic_store_explicit(&forking, arch_thread_pointer(),
			      memory_order_relaxed);
}

void hak_lock_drop_all(void)
{
	struct hak_lock *lock;
	int rank;

	atomic_store_explicit(&forking, 0, memory_order_relaxed);
	for (rank = HAK_LOCK_RANKS - 1; rank >= 0; rank--)
		for (lock = registered[rank]; lock; lock = lock->next)
			drop(lock);
}

void hak_lock_reset_all(void)
{
	struct hak_lock *lock;
	int rank;

	/* The only thread of a fork child: nobody waits here. */
	atomic_store_explicit(&forking, 0, memory_order_relaxed);
	for (rank = 0; rank < HAK_LOCK_RANKS; rank++)
		for (lock = registered[rank]; lock; lock = lock->next)
			atomic_store_explicit(&lock->word, 0,
					      memory_order_relaxed);
}
