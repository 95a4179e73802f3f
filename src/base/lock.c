/* SPDX-License-Identifier: MIT */
/*
 * lock.c - futex locks with a rank, all taken during a fork().
 *
 * Owns    the list of all locks, and the identity of the forking thread.
 * Calls   the futex system call.
 */
#include "base/lock.h"

#include "base/atomic.h"
#include "base/count.h"
#include "base/fault.h"
#include "base/sys.h"
#include "arch/arch.h"

enum { SPINS = 64 };

/* All locks: for each rank a list, in order of creation. */
static struct hak_lock *registered[HAK_LOCK_RANKS];

/* Thread pointer of the thread inside fork(), which holds every lock; 0: no thread. */
static _Atomic uintptr_t forking;

/* Calls of fork() that have not returned. A signal handler may fork inside fork(). */
static unsigned forks;

/* A bit for each rank of which the running thread holds a lock; debug builds only. */
static __thread uint32_t held HAK_INITIAL_EXEC;

bool hak_lock_is_forking(void)
{
	uintptr_t who = hak_read_once(&forking);

	return hak_unlikely(who) && who == arch_thread_pointer();
}

static bool is_holder(const struct hak_lock *lock)
{
	uintptr_t word = hak_read_once(&lock->word);

	return (word & ~HAK_LOCK_WAITED) == arch_thread_pointer();
}

/* Set the word of a free lock to `word`. False if the lock is not free. */
static bool take_if_free(struct hak_lock *lock, uintptr_t word)
{
	uintptr_t seen = 0;

	/* pairs with drop() */
	return hak_cas_acquire(&lock->word, &seen, word);
}

/*
 * Set HAK_LOCK_WAITED in the word of a taken lock, and sleep until a thread drops the
 * lock. The kernel compares only the low 32 bits of the word, which contain
 * HAK_LOCK_WAITED.
 */
static void sleep_on(struct hak_lock *lock)
{
	uintptr_t seen = hak_read_once(&lock->word);

	if (!seen ||
	    (!(seen & HAK_LOCK_WAITED) &&
	     !hak_cas_relaxed(&lock->word, &seen, seen | HAK_LOCK_WAITED)))
		return;
	sys_futex_wait(&lock->word, (uint32_t)(seen | HAK_LOCK_WAITED), NULL);
}

static HAK_NOINLINE void wait_until_taken(struct hak_lock *lock)
{
	uintptr_t self = arch_thread_pointer();
	int i;

	if (is_holder(lock))
		hak_fault(HAK_FAULT_REENTERED, lock, NULL);
	for (i = 0; i < SPINS; i++) {
		arch_cpu_relax();
		if (take_if_free(lock, self))
			return;
	}
	/*
	 * Take the lock with HAK_LOCK_WAITED set, because other threads may sleep on
	 * the lock. So the drop by this thread wakes the next sleeper.
	 */
	while (!take_if_free(lock, self | HAK_LOCK_WAITED))
		sleep_on(lock);
}

static void take(struct hak_lock *lock)
{
	hak_count(HAK_COUNT_LOCKS, 1);
	if (hak_unlikely(!take_if_free(lock, arch_thread_pointer())))
		wait_until_taken(lock);
}

static void drop(struct hak_lock *lock)
{
	/* pairs with take_if_free() */
	if (hak_exchange_release(&lock->word, 0) & HAK_LOCK_WAITED)
		sys_futex_wake(&lock->word, 1);
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

/*
 * clang does not check these two functions, because clang does not understand the lock's
 * word. clang checks the callers, by the attributes in lock.h.
 */
void hak_lock_take(struct hak_lock *lock) HAK_UNCHECKED_LOCKS
{
	if (hak_lock_is_forking())
		return;
	if (HAK_DEBUG) {
		hak_assert(!(held >> lock->rank), "lock order");
		held |= 1U << lock->rank;
	}
	take(lock);
}

void hak_lock_drop(struct hak_lock *lock) HAK_UNCHECKED_LOCKS
{
	if (hak_lock_is_forking())
		return;
	if (HAK_DEBUG) {
		hak_assert(held >> lock->rank == 1, "lock not held");
		held &= ~(1U << lock->rank);
	}
	drop(lock);
}

bool hak_lock_is_mine(const struct hak_lock *lock)
{
	return is_holder(lock);
}

bool hak_lock_any_is_mine(void)
{
	const struct hak_lock *lock;
	int rank;

	/* A signal handler may have interrupted hak_lock_take(). */
	if (HAK_DEBUG && held)
		return true;
	for (rank = 0; rank < HAK_LOCK_RANKS; rank++)
		for (lock = registered[rank]; lock; lock = lock->next)
			if (is_holder(lock))
				return true;
	return hak_lock_is_forking();
}

bool hak_lock_was_lost(struct hak_lock *lock)
{
	return !is_holder(lock) && hak_exchange_relaxed(&lock->word, 0);
}

void hak_lock_take_all(void)
{
	struct hak_lock *lock;
	int rank;

	if (hak_lock_is_forking()) {
		forks++;
		return;
	}
	for (rank = 0; rank < HAK_LOCK_RANKS; rank++)
		for (lock = registered[rank]; lock; lock = lock->next) {
			if (is_holder(lock))
				lock->kept++;
			else
				take(lock);
		}
	forks = 1;
	hak_write_once(&forking, arch_thread_pointer());
}

void hak_lock_drop_all(void)
{
	struct hak_lock *lock;
	int rank;

	if (--forks)
		return;
	hak_write_once(&forking, 0);
	for (rank = HAK_LOCK_RANKS - 1; rank >= 0; rank--)
		for (lock = registered[rank]; lock; lock = lock->next)
			if (lock->kept)
				lock->kept--;
			else
				drop(lock);
}

void hak_lock_reset_all(void)
{
	struct hak_lock *lock;
	int rank;

	if (--forks)
		return;
	/*
	 * A fork child has a single thread, so no thread sleeps on a lock and has to
	 * be woken.
	 */
	hak_write_once(&forking, 0);
	for (rank = 0; rank < HAK_LOCK_RANKS; rank++)
		for (lock = registered[rank]; lock; lock = lock->next) {
			uintptr_t word =
				lock->kept ? arch_thread_pointer() : 0;

			hak_write_once(&lock->word, word);
			lock->kept -= lock->kept > 0;
		}
}
