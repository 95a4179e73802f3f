/* SPDX-License-Identifier: MIT */
/*
 * thread.c - tcaches are born, parked, drained and adopted, blocks that
 * outlive their thread are free for its heir, and who sleeps is looked after.
 */
#include "cache/parked.h"
#include "cache/thread.h"

#include "unit/heap.h"

#include "cache/claim.h"
#include "cache/remote.h"
#include "cache/bin.h"
#include "cache/tcache.h"
#include "base/todo.h"

#include <pthread.h>
#include <semaphore.h>

enum { THREADS = 4, ROUNDS = 6000, SLOTS = 64, CLASS = 10, LEFT = 300 };

static struct hak_node *node;

/* As malloc and free, for any class and thread. */
static void *get(unsigned int class)
{
	struct hak_tcache *tcache = hak_thread_tcache();
	void *block = NULL;

	if (!tcache) {
		hak_shared_draw(node, class, &block, 1);
		return block;
	}
	block = hak_tcache_pop(tcache, class);
	return block ? block : hak_tcache_alloc(tcache, class);
}

static void give(void *block)
{
	struct hak_tcache *tcache = hak_thread_tcache();
	uint32_t entry = hak_window_entry(block);

	if (!tcache || hak_entry_key(entry) != tcache->key) {
		hak_remote_free(tcache, block);
		return;
	}
	if (!hak_tcache_push(tcache, entry ^ tcache->key, block))
		hak_tcache_push_slow(block, entry ^ tcache->key, tcache);
}

static void in_thread(void *(*fn)(void *), void *arg)
{
	pthread_t thread;

	unit_need(!pthread_create(&thread, NULL, fn, arg));
	pthread_join(thread, NULL);
}

static void *note_key(void *arg)
{
	struct hak_tcache *tcache = hak_thread_tcache();

	unit_need(tcache);
	unit_expect(tcache == hak_thread_tcache() && tcache == hak_tls);
	*(uint32_t *)arg = tcache->key;
	return NULL;
}

static unsigned int parked(void)
{
	struct hak_list *link;
	unsigned int n = 0;

	hak_list_for_each(link, &node->parked)
		n++;
	return n;
}

static void birth(void)
{
	unit_expect(!hak_tcache_real(hak_tls));
	unit_expect(hak_tls == &hak_tcache_none);
	unit_need(hak_thread_tcache());
	unit_expect(hak_tcache_real(hak_tls) && hak_tls->node == node);
	unit_expect(hak_tls->key != hak_tcache_none.key);
	unit_expect(hak_tls->key != node->shared.key);
	unit_expect(atomic_load(&node->tcaches) == 1);
	unit_result("born at the first call, with an id of its own");
}

static void heirs(void)
{
	uint64_t adopted = unit_stat(HAK_STAT_TCACHES_ADOPTED);
	uint32_t first = 0, second = 0;

	in_thread(note_key, &first);
	unit_expect(first && first != hak_tls->key);
	unit_expect(parked() == 1 && atomic_load(&node->tcaches) == 1);
	in_thread(note_key, &second);
	unit_expect(second == first);
	unit_expect(parked() == 1);
	unit_expect(unit_stat(HAK_STAT_TCACHES_MADE) == 2);
	unit_expect(unit_stat(HAK_STAT_TCACHES_PARKED) == 2);
	unit_expect(unit_stat(HAK_STAT_TCACHES_ADOPTED) == adopted + 1);
	unit_result("a dead thread's tcache is adopted with its id");
}

static void *leave_blocks(void *arg)
{
	void **left = arg;
	int i;

	for (i = 0; i < LEFT; i++)
		left[i] = get(CLASS);
	return NULL;
}

static void *get_them_again(void *arg)
{
	void **left = arg;
	uint64_t lent = unit_stat(HAK_STAT_SLABS_LENT);
	int i;

	for (i = 0; i < LEFT; i++)
		give(left[i]);
	for (i = 0; i < LEFT; i++)
		left[i] = get(CLASS);
	/* The bin has grown, and has a block of another class for the cells. */
	unit_expect(unit_stat(HAK_STAT_SLABS_LENT) <= lent + 1);
	for (i = 0; i < LEFT; i++)
		give(left[i]);
	return NULL;
}

static uint64_t slabs_out(void)
{
	return unit_stat(HAK_STAT_SLABS_LENT) -
	       unit_stat(HAK_STAT_SLABS_RETURNED);
}

static void legacy(void)
{
	static void *left[LEFT];
	uint64_t before = slabs_out();

	in_thread(leave_blocks, left);
	in_thread(get_them_again, left);
	unit_expect(slabs_out() == before);
	unit_result("what a thread left behind is its heir's own");

	in_thread(leave_blocks, left);
	unit_expect(slabs_out() > before);
	for (int i = 0; i < LEFT; i++)
		give(left[i]);
	hak_remote_deliver(hak_tls);
	hak_parked_drain_others(node);
	unit_expect(parked() == 1);
	unit_expect(slabs_out() == before);
	unit_result("what came home to a parked tcache is drained");
}

/* A few frees: the C library may free for a thread that has ended. */
static void *free_only(void *arg)
{
	int few = 0;

	while (few < 1000 && !hak_thread_tcache_to_free()) {
		few++;
		if (hak_todo_take(HAK_TODO_BIRTH))
			hak_thread_birth_noted();
	}
	unit_expect(hak_tcache_real(hak_tls));
	unit_expect(hak_thread_tcache_to_free() == hak_tls);
	*(int *)arg = few;
	return NULL;
}

static void birth_by_frees(void)
{
	uint32_t before = atomic_load(&node->tcaches);
	int few = 0;

	in_thread(free_only, &few);
	unit_expect(few == 64);
	unit_expect(atomic_load(&node->tcaches) == before);
	unit_result("frees give birth, but not the first few");
}

static pthread_key_t late;

static void in_destructor(void *arg)
{
	void *block;

	/* Destructors run in turns: at last the tcache has gone. */
	if (hak_tls != &hak_tcache_none) {
		pthread_setspecific(late, arg);
		return;
	}
	unit_expect(!hak_thread_tcache() && !hak_thread_tcache_to_free());
	block = get(CLASS);
	unit_need(block);
	unit_expect(hak_entry_key(hak_window_entry(block)) ==
		    node->shared.key);
	memset(block, 1, hak_sizeclass[CLASS].bytes);
	give(block);
	*(int *)arg = 1;
}

static void *with_destructor(void *arg)
{
	pthread_setspecific(late, arg);
	give(get(CLASS));
	return NULL;
}

static void after_death(void)
{
	int ran = 0;

	unit_need(!pthread_key_create(&late, in_destructor));
	in_thread(with_destructor, &ran);
	unit_expect(ran == 1);
	hak_shared_tidy(node);
	unit_result("destructors that allocate after it use the shared slabs");
}

static _Atomic(uint64_t *) exchange[SLOTS];

static void *trade(void *arg)
{
	unsigned int me = *(unsigned int *)arg, i;
	uint64_t *block;

	for (i = 0; i < ROUNDS; i++) {
		block = get(1 + (i * me) % 24);
		unit_need(block);
		block[0] = (uint64_t)block ^ me;
		block[1] = me;
		block = atomic_exchange(&exchange[(i * 5 + me) % SLOTS], block);
		if (!block)
			continue;
		unit_expect(block[0] == ((uint64_t)block ^ block[1]));
		block[0] = 0;
		give(block);
	}
	return NULL;
}

static sem_t asleep, awake;

static void *doze_off(void *arg)
{
	leave_blocks(arg);
	sem_post(&asleep);
	sem_wait(&awake);
	unit_expect(hak_bin_length(hak_tls, CLASS) > 0);
	give(get(CLASS + 1));
	unit_expect(hak_bin_length(hak_tls, CLASS) == 0);
	return NULL;
}

/* Its slabs come home without it; what is in its bins, at its next slow call. */
static void idle(void)
{
	static void *left[LEFT];
	uint64_t before, rest;
	pthread_t thread;
	int i;

	hak_claim_open();
	unit_need(!sem_init(&asleep, 0, 0) && !sem_init(&awake, 0, 0));
	hak_threads_tend(true, true);
	before = slabs_out();
	unit_need(!pthread_create(&thread, NULL, doze_off, left));
	sem_wait(&asleep);
	for (i = 0; i < LEFT; i++)
		give(left[i]);
	hak_remote_deliver(hak_tls);
	hak_threads_tend(false, false);
	unit_expect(slabs_out() > before + 1);
	for (i = 0; i < 5; i++)
		hak_threads_tend(false, false);
	unit_expect(slabs_out() == before + 1);
	rest = unit_stat(HAK_STAT_SMALL_OUT) - unit_stat(HAK_STAT_SMALL_IN);
	unit_expect(rest < 64 * hak_sizeclass[CLASS].bytes);
	sem_post(&awake);
	pthread_join(thread, NULL);
	hak_shared_tidy(node);
	unit_expect(slabs_out() == before);
	unit_result("what is freed for a thread that sleeps goes home");
}

static _Atomic bool traded;

static void *tend(void *arg)
{
	uint64_t before = unit_stat(HAK_STAT_TCACHES_TENDED);

	(void)arg;
	while (!atomic_load(&traded))
		hak_threads_tend(true, true);
	unit_expect(unit_stat(HAK_STAT_TCACHES_TENDED) > before);
	return NULL;
}

static void trading(void)
{
	static unsigned int number[THREADS] = { 1, 2, 3, 5 };
	pthread_t thread[THREADS], keeper;
	int i, generation;

	unit_need(!pthread_create(&keeper, NULL, tend, NULL));
	for (generation = 0; generation < 3; generation++) {
		for (i = 0; i < THREADS; i++)
			unit_need(!pthread_create(&thread[i], NULL, trade,
						  &number[i]));
		for (i = 0; i < THREADS; i++)
			pthread_join(thread[i], NULL);
	}
	atomic_store(&traded, true);
	pthread_join(keeper, NULL);
	/* One that another thread is draining is not there to be adopted. */
	unit_expect(parked() <= 2 * THREADS);
	unit_expect(unit_stat(HAK_STAT_TCACHES_MADE) <= 2 * THREADS + 1);
	for (i = 0; i < SLOTS; i++)
		if (exchange[i])
			give(exchange[i]);
	hak_tcache_flush(hak_tls);
	hak_tcache_tidy(hak_tls);
	hak_parked_drain_all(node);
	hak_shared_tidy(node);
	unit_expect(slabs_out() == 0);
	unit_expect(unit_stat(HAK_STAT_SMALL_OUT) ==
		    unit_stat(HAK_STAT_SMALL_IN));
	unit_expect(hak_window.span[0].lent == 0);
	unit_result("threads that trade blocks beside a keeper, and die: all of "
		    "it comes home");
}

static int after_fork(void *arg)
{
	uint64_t frozen = unit_stat(HAK_STAT_TCACHES_FROZEN);

	(void)arg;
	atomic_fetch_add(&node->tcaches, 5); /* threads that were running */
	hak_lock_reset_all();
	hak_threads_after_fork(false);
	unit_expect(atomic_load(&node->tcaches) == 1);
	unit_expect(unit_stat(HAK_STAT_TCACHES_FROZEN) == frozen + 5);
	give(get(CLASS));
	return atomic_load(&unit_wrong) != 0;
}

int main(void)
{
	struct ktap_run run;

	ksft_print_header();
	ksft_set_plan(9);
	unit_open_heap();
	node = hak_nodes[0];
	birth();
	heirs();
	legacy();
	birth_by_frees();
	after_death();
	hak_lock_take_all();
	ktap_run_fork(&run, after_fork, NULL, 20);
	hak_lock_drop_all();
	ktap_run_result(&run, "after a fork the others' tcaches are frozen");
	idle();
	trading();
	return ksft_finished();
}
