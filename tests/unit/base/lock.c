/* SPDX-License-Identifier: MIT */
/* lock.c - ranks, contention, and what fork() does with all locks at once. */
#include "base/lock.h"

#include "unit/unit.h"

#include "arch/arch.h"

#include <pthread.h>

enum { THREADS = 4, ROUNDS = 20000, LOCKS = 2 * HAK_LOCK_RANKS };

static struct hak_lock locks[LOCKS]; /* two of each rank */
static uint64_t guarded[2];
static _Atomic bool got_it;

static struct hak_lock *of_rank(enum hak_lock_rank rank)
{
	return &locks[2 * rank];
}

static uintptr_t word_of(enum hak_lock_rank rank)
{
	return atomic_load(&of_rank(rank)->word);
}

static bool all_words_are(uintptr_t word)
{
	unsigned int i;

	for (i = 0; i < LOCKS; i++)
		if (atomic_load(&locks[i].word) != word)
			return false;
	return true;
}

/*
 * HAK_UNCHECKED_LOCKS: the function breaks a rule on purpose, or takes a lock
 * whose name clang does not know before the program runs.
 */
static int wrong_order(void *arg) HAK_UNCHECKED_LOCKS
{
	(void)arg;
	hak_lock_take(of_rank(HAK_LOCK_SPAN));
	hak_lock_take(of_rank(HAK_LOCK_NODE));
	return 0;
}

static int two_of_a_rank(void *arg) HAK_UNCHECKED_LOCKS
{
	(void)arg;
	hak_lock_take(&locks[2 * HAK_LOCK_NODE]);
	hak_lock_take(&locks[2 * HAK_LOCK_NODE + 1]);
	return 0;
}

static int not_held(void *arg) HAK_UNCHECKED_LOCKS
{
	(void)arg;
	hak_lock_drop(of_rank(HAK_LOCK_META));
	return 0;
}

static int wrong_drop(void *arg) HAK_UNCHECKED_LOCKS
{
	(void)arg;
	hak_lock_take(of_rank(HAK_LOCK_PARK));
	hak_lock_take(of_rank(HAK_LOCK_NODE));
	hak_lock_drop(of_rank(HAK_LOCK_PARK));
	return 0;
}

static int assert_it(void *arg)
{
	(void)arg;
	hak_lock_assert(of_rank(HAK_LOCK_NODE));
	return 0;
}

static int of_another(void *arg)
{
	(void)arg;
	of_rank(HAK_LOCK_NODE)->word = arch_thread_pointer() + 4096;
	hak_lock_assert(of_rank(HAK_LOCK_NODE));
	return 0;
}

static void asserts(const char *name, int (*fn)(void *))
{
	if (HAK_DEBUG)
		unit_dies(name, fn, NULL, "hakmem: broken state: 0x");
	else
		ksft_test_result_skip("needs --enable-debug", "%s", name);
}

static void ranks(void) HAK_UNCHECKED_LOCKS
{
	int rank;

	for (rank = 0; rank < HAK_LOCK_RANKS; rank++)
		hak_lock_take(of_rank((enum hak_lock_rank)rank));
	for (rank = HAK_LOCK_RANKS - 1; rank >= 0; rank--)
		hak_lock_drop(of_rank((enum hak_lock_rank)rank));
	hak_lock_take(of_rank(HAK_LOCK_META));
	hak_lock_drop(of_rank(HAK_LOCK_META));
	hak_lock_take(of_rank(HAK_LOCK_PARK));
	hak_lock_drop(of_rank(HAK_LOCK_PARK));
	unit_expect(all_words_are(0));
	unit_result("in the order of locks.def");
	asserts("against the order", wrong_order);
	asserts("two of one rank", two_of_a_rank);
	asserts("dropped without being held", not_held);
	asserts("dropped before one further down", wrong_drop);
}

/* The holder is the holder in a fork, in a fork's child and with waiters too. */
static void asserted(void)
{
	struct hak_lock *lock = of_rank(HAK_LOCK_NODE);
	struct ktap_run run;

	asserts("asserted, but nobody's", assert_it);
	asserts("asserted, but another thread's", of_another);
	hak_lock_take(lock);
	atomic_fetch_or(&lock->word, HAK_LOCK_WAITED);
	assert_it(NULL);
	ktap_run_fork(&run, assert_it, NULL, 10);
	unit_expect(ktap_run_ok(&run));
	hak_lock_drop(lock);
	hak_lock_take_all();
	assert_it(NULL);
	hak_lock_drop_all();
	unit_result("asserted by the holder");
}

static void *increment(void *arg)
{
	unsigned int i;

	(void)arg;
	for (i = 0; i < ROUNDS; i++) {
		hak_lock_take(of_rank(HAK_LOCK_NODE));
		guarded[0]++;
		hak_lock_take(of_rank(HAK_LOCK_META));
		guarded[1]++;
		hak_lock_drop(of_rank(HAK_LOCK_META));
		guarded[0]++;
		hak_lock_drop(of_rank(HAK_LOCK_NODE));
	}
	return NULL;
}

static void contention(void)
{
	pthread_t thread[THREADS];
	unsigned int i;

	for (i = 0; i < THREADS; i++)
		unit_need(!pthread_create(&thread[i], NULL, increment, NULL));
	for (i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	unit_expect(guarded[0] == 2 * THREADS * ROUNDS);
	unit_expect(guarded[1] == THREADS * ROUNDS);
	unit_expect(all_words_are(0));
	unit_result("threads that compete lose no update");
}

static void *wait_for_it(void *arg)
{
	struct hak_lock *lock = arg;

	hak_lock_take(lock);
	atomic_store(&got_it, true);
	hak_lock_drop(lock);
	return NULL;
}

/* Until somebody sleeps on the lock: its word then says so. */
static bool is_waited_for(const struct hak_lock *lock)
{
	unsigned int ms;

	for (ms = 0; ms < 20000; ms++) {
		if (atomic_load(&lock->word) & HAK_LOCK_WAITED)
			return true;
		usleep(1000);
	}
	return false;
}

static void sleeping(void)
{
	struct hak_lock *lock = of_rank(HAK_LOCK_SPAN);
	pthread_t thread[3];
	unsigned int i;

	hak_lock_take(lock);
	for (i = 0; i < 3; i++)
		unit_need(!pthread_create(&thread[i], NULL, wait_for_it,
					  lock));
	unit_expect(is_waited_for(lock));
	unit_expect(!atomic_load(&got_it));
	hak_lock_drop(lock);
	for (i = 0; i < 3; i++)
		pthread_join(thread[i], NULL);
	unit_expect(atomic_load(&got_it));
	unit_expect(all_words_are(0));
	unit_result("who waits for long sleeps, and all are woken");
}

static void forking(void) HAK_UNCHECKED_LOCKS
{
	struct hak_lock *last = &locks[LOCKS - 1];
	pthread_t thread;

	atomic_store(&got_it, false);
	hak_lock_take_all();
	unit_expect(all_words_are(arch_thread_pointer()));
	/* A signal handler may fork in the middle of a fork. */
	hak_lock_take_all();
	hak_lock_drop_all();
	unit_expect(all_words_are(arch_thread_pointer()));
	/* Against all order, and each twice: the holder passes through. */
	hak_lock_take(of_rank(HAK_LOCK_META));
	hak_lock_take(of_rank(HAK_LOCK_PARK));
	hak_lock_take(of_rank(HAK_LOCK_PARK));
	hak_lock_drop(of_rank(HAK_LOCK_PARK));
	hak_lock_drop(of_rank(HAK_LOCK_META));
	unit_expect(all_words_are(arch_thread_pointer()));
	unit_result("who forks holds all locks, and passes through them");

	unit_need(!pthread_create(&thread, NULL, wait_for_it, last));
	unit_expect(is_waited_for(last));
	unit_expect(!atomic_load(&got_it));
	hak_lock_drop_all();
	pthread_join(thread, NULL);
	unit_expect(atomic_load(&got_it));
	unit_expect(all_words_are(0));
	hak_lock_take(of_rank(HAK_LOCK_PARK));
	unit_expect(word_of(HAK_LOCK_PARK) == arch_thread_pointer());
	hak_lock_drop(of_rank(HAK_LOCK_PARK));
	unit_result("others wait until it lets go");
}

static int child_of_fork(void *arg) HAK_UNCHECKED_LOCKS
{
	(void)arg;
	hak_lock_reset_all();
	if (!all_words_are(0))
		return 1;
	hak_lock_take(of_rank(HAK_LOCK_NODE));
	if (word_of(HAK_LOCK_NODE) != arch_thread_pointer())
		return 2;
	hak_lock_drop(of_rank(HAK_LOCK_NODE));
	return 0;
}

static void child(void)
{
	struct ktap_run run;

	hak_lock_take_all();
	atomic_fetch_or(&locks[3].word, HAK_LOCK_WAITED); /* as if one slept */
	ktap_run_fork(&run, child_of_fork, NULL, 10);
	hak_lock_drop_all();
	unit_expect(all_words_are(0));
	unit_expect(ktap_run_ok(&run));
	unit_result("a fork child finds them free, the parent too");
}

/* What the interrupted code holds it drops itself, on both sides. */
static bool holds_kept_ones_only(void)
{
	uintptr_t self = arch_thread_pointer();
	unsigned int i;

	for (i = 0; i < LOCKS; i++) {
		uintptr_t word = atomic_load(&locks[i].word);
		bool kept = &locks[i] == of_rank(HAK_LOCK_NODE) ||
			    &locks[i] == of_rank(HAK_LOCK_META);

		if ((word & ~HAK_LOCK_WAITED) != (kept ? self : 0))
			return false;
	}
	return true;
}

static volatile pid_t forked;

static void fork_in_handler(int signal)
{
	(void)signal;
	hak_lock_take_all();
	unit_expect((word_of(HAK_LOCK_SPAN) & ~HAK_LOCK_WAITED) ==
		    arch_thread_pointer());
	hak_lock_take(of_rank(HAK_LOCK_PARK));
	hak_lock_drop(of_rank(HAK_LOCK_PARK));
	forked = fork();
	if (forked)
		hak_lock_drop_all();
	else
		hak_lock_reset_all();
}

static void forked_in_handler(void)
{
	struct sigaction action = { .sa_handler = fork_in_handler };
	int status = -1;

	unit_need(sigaction(SIGUSR1, &action, NULL) == 0);
	hak_lock_take(of_rank(HAK_LOCK_NODE));
	hak_lock_take(of_rank(HAK_LOCK_META));
#ifdef __SANITIZE_THREAD__ /* allocates in fork(), and minds that here */
	fork_in_handler(SIGUSR1);
#else
	raise(SIGUSR1);
#endif
	unit_expect(holds_kept_ones_only());
	hak_lock_drop(of_rank(HAK_LOCK_META));
	hak_lock_drop(of_rank(HAK_LOCK_NODE));
	unit_expect(all_words_are(0));
	/* Nothing is left over from the fork before. */
	hak_lock_take_all();
	hak_lock_drop_all();
	unit_expect(all_words_are(0));
	if (forked == 0)
		_exit(atomic_load(&unit_wrong) != 0);
	unit_expect(forked > 0 && waitpid(forked, &status, 0) == forked);
	unit_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	unit_result("forked in a signal handler: kept on both sides");
}

/* Its waiters sleep through the fork, and are woken by the drop. */
static void kept_and_waited_for(void)
{
	struct hak_lock *kept = of_rank(HAK_LOCK_NODE);
	pthread_t thread;

	atomic_store(&got_it, false);
	hak_lock_take(kept);
	unit_need(!pthread_create(&thread, NULL, wait_for_it, kept));
	unit_expect(is_waited_for(kept));
	hak_lock_take_all();
	hak_lock_drop_all();
	unit_expect(atomic_load(&kept->word) ==
		    (arch_thread_pointer() | HAK_LOCK_WAITED));
	unit_expect(!atomic_load(&got_it));
	hak_lock_drop(kept);
	pthread_join(thread, NULL);
	unit_expect(atomic_load(&got_it) && all_words_are(0));
	unit_result("a kept lock's waiters are woken when it is dropped");
}

static void take_again(int signal) HAK_UNCHECKED_LOCKS
{
	(void)signal;
	hak_lock_take(of_rank(HAK_LOCK_SPAN));
}

static int reenter(void *arg) HAK_UNCHECKED_LOCKS
{
	(void)arg;
	signal(SIGUSR1, take_again);
	hak_lock_take(of_rank(HAK_LOCK_SPAN));
	raise(SIGUSR1);
	return 0;
}

static void reentered(void)
{
	const char *name = "who waits for a lock of its own";

	/* A debug build sees the rank first. */
	if (HAK_DEBUG)
		unit_dies(name, reenter, NULL, "hakmem: broken state: 0x");
	else
		unit_dies(name, reenter, NULL, "hakmem: reentered: %p: ",
			  (void *)of_rank(HAK_LOCK_SPAN));
}

static void forgetting(void)
{
	hak_lock_forget_all();
	hak_lock_take_all();
	unit_expect(all_words_are(0));
	hak_lock_drop_all();
	hak_lock_init(of_rank(HAK_LOCK_PARK), HAK_LOCK_PARK);
	hak_lock_take_all();
	unit_expect(word_of(HAK_LOCK_PARK) == arch_thread_pointer());
	unit_expect(word_of(HAK_LOCK_NODE) == 0);
	hak_lock_drop_all();
	unit_result("the register is empty after hak_lock_forget_all()");
}

int main(void)
{
	unsigned int i;

	ksft_print_header();
	ksft_set_plan(17);
	hak_lock_forget_all();
	for (i = 0; i < LOCKS; i++)
		hak_lock_init(&locks[i], (enum hak_lock_rank)(i / 2));
	ranks();
	asserted();
	reentered();
	child();
	forked_in_handler();
	contention();
	sleeping();
	kept_and_waited_for();
	forking();
	forgetting();
	return ksft_finished();
}
