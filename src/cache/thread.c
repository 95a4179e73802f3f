/* SPDX-License-Identifier: MIT */
/*
 * thread.c - the tcaches of threads that are born and that end.
 *
 * Owns    the TLS pointer.
 * Locks   node->park.
 * Calls   parked.h, inherit.h, tcache.h, claim.h, heap/meta.h, os/wake.h.
 */
#include "cache/thread.h"

#include "cache/claim.h"
#include "cache/credit.h"
#include "cache/inherit.h"
#include "cache/parked.h"
#include "cache/tcache.h"
#include "heap/meta.h"
#include "numa/topology.h"
#include "os/filter.h"
#include "os/kin.h"
#include "os/wake.h"
#include "base/atomic.h"
#include "base/todo.h"

#include <pthread.h>

enum {
	NOBODY = 1 << HAK_OWNER_SHIFT, /* the key of hak_tcache_none */
	FREES_BEFORE_BIRTH = 64, /* a thread that frees so often gets a tcache */
	REFILLS_AWAY = 2,	/* refills in a row on another node: see settle() */
	LOOKS_BEFORE_FLUSH = 4, /* looks that find the tcache idle: see is_idle() */
	DEAD = -1,		/* a value of `frees` */
};

__thread struct hak_tcache *hak_tls HAK_INITIAL_EXEC = &hak_tcache_none;

/* Number of this thread's frees without a tcache; DEAD: the thread gets no tcache. */
static __thread int32_t frees HAK_INITIAL_EXEC;
/* The node given to hak_thread_stay(), plus 1; 0: the node where the thread runs. */
static __thread uint32_t chosen_node HAK_INITIAL_EXEC;

/* Was a thread born after hakmem noticed a seccomp filter? */
static _Atomic bool born_filtered;

static pthread_key_t death;
static bool has_death;

/*
 * May threads have tcaches? The library's constructor sets `opened`. Constructors of
 * other libraries may have created threads before. A thread that reads true also sees
 * all earlier stores of the library's constructor.
 */
static _Atomic bool opened;

/* Number of threads with a tcache that ended by exit(2), without a destructor. */
static _Atomic uint32_t lost;
/* How often a thread got a tcache; hak_threads_bury() checks that the number stays. */
static _Atomic uint32_t births;

static bool is_open(void)
{
	/* pairs with hak_threads_open() */
	return hak_load_acquire(&opened);
}

static struct hak_tcache *make(struct hak_node *node)
{
	struct hak_tcache *tcache = hak_meta_alloc(node->span, sizeof(*tcache));
	uint32_t key = tcache ? hak_owner_key() : 0;

	if (!key)
		return NULL;
	hak_tcache_init(tcache, node, key);
	hak_inherit_mark(tcache);
	hak_lock_take(&node->park);
	hak_tcache_enlist(tcache);
	hak_lock_drop(&node->park);
	hak_stat_add(node->stats, HAK_STAT_TCACHES_MADE, 1);
	return tcache;
}

/* The running thread parks the tcache; another thread may adopt the tcache. */
static void leave(struct hak_tcache *tcache)
{
	struct hak_node *node = tcache->node;

	/*
	 * Count down before `hak_tls` changes. If a signal handler forks in between,
	 * the child sets the count to 1 only if `hak_tls` still has the tcache, and
	 * the count must not fall below 0. Pairs with hak_wake_enter(): either the
	 * thread that creates a keeper sees the lower count, or this thread sees
	 * the keeper.
	 */
	atomic_fetch_sub_explicit(&node->tcaches, 1, memory_order_seq_cst);
	hak_tls = &hak_tcache_none;
	tcache->away = 0;
	/* pthread_cancel() may have ended the thread at work: make `work` even. */
	if (hak_claim_at_work(tcache))
		hak_write_once(&tcache->work,
			       hak_read_once(&tcache->work) + 1);
	hak_tcache_flush(tcache);
	hak_tcache_tidy(tcache);
	hak_shared_drain(node);
	hak_stat_add(node->stats, HAK_STAT_TCACHES_PARKED, 1);
	hak_parked_put(tcache);
}

static uint32_t count_all(void)
{
	uint32_t count = 0;
	unsigned i;

	/* pairs with leave() */
	for (i = 0; i < hak_topology_nodes(); i++)
		count += atomic_load_explicit(&hak_nodes[i]->tcaches,
					      memory_order_seq_cst);
	return count;
}

uint32_t hak_threads_alive(void)
{
	uint32_t dead = hak_read_once(&lost);
	uint32_t count;

	if (hak_kin_is_new(HAK_KIN_CACHE))
		hak_threads_after_fork(false);
	count = count_all();
	return dead < count ? count - dead : 0;
}

void hak_threads_bury(uint32_t (*threads)(void))
{
	uint32_t seen = atomic_load_explicit(&births, memory_order_seq_cst);
	uint32_t before = count_all();
	uint32_t there = threads();
	uint32_t after = count_all();

	/* If a thread ended between the two counts, only the first count has it. */
	after = before < after ? before : after;
	if (seen != atomic_load_explicit(&births, memory_order_seq_cst))
		after = 0;
	hak_write_once(&lost, after > there ? after - there : 0);
}

void hak_thread_end(struct hak_tcache *tcache)
{
	/* If later destructors allocate, they get blocks of the shared slabs. */
	frees = DEAD;
	leave(tcache);
}

bool hak_threads_may_be_born(void)
{
	return !hak_filter_here() || hak_read_once(&born_filtered);
}

void hak_thread_without(void)
{
	frees = DEAD;
}

struct hak_node *hak_thread_node(void)
{
	/* Before hak_threads_open(), TLS may not be usable. */
	if (hak_unlikely(!is_open()))
		return hak_nodes[0];
	return hak_nodes[chosen_node ? chosen_node - 1
				     : hak_topology_here()];
}

static HAK_COLD struct hak_tcache *be_born(void)
{
	struct hak_node *node = hak_thread_node();
	struct hak_tcache *tcache;

	/* A signal handler may have given this thread a tcache meanwhile. */
	if (hak_tcache_real(hak_tls))
		return hak_tls;
	hak_inherit();
	tcache = hak_parked_take(node, false);
	if (tcache)
		hak_stat_add(node->stats, HAK_STAT_TCACHES_ADOPTED, 1);
	else
		tcache = make(node);
	if (!tcache)
		return NULL;
	atomic_fetch_add_explicit(&births, 1, memory_order_seq_cst);
	atomic_fetch_add_explicit(&node->tcaches, 1, memory_order_seq_cst);
	hak_write_once(&lost, 0);
	if (hak_filter_here())
		hak_write_once(&born_filtered, true);
	hak_tls = tcache; /* set before pthread_setspecific(), which may allocate */
	if (pthread_setspecific(death, tcache)) {
		/* Without the key hakmem does not notice the thread's end. */
		hak_thread_end(tcache);
		return NULL;
	}
	return tcache;
}

/*
 * A tcache belongs to the same node for ever. A thread that runs on another node at
 * two refills in a row changes to a tcache of the other node. So blocks of the
 * wrong node return to the slabs, and the thread does not allocate these blocks
 * again.
 */
static HAK_NOINLINE struct hak_tcache *settle(struct hak_tcache *tcache)
{
	/* A signal handler: the interrupted code is still at work in the tcache. */
	if (hak_unlikely(hak_claim_at_work(tcache)))
		return tcache;
	if (hak_likely(hak_thread_node() == tcache->node)) {
		tcache->away = 0;
		return tcache;
	}
	if (++tcache->away < REFILLS_AWAY)
		return tcache;
	hak_stat_add(tcache->node->stats, HAK_STAT_TCACHES_LEFT, 1);
	/* The destructor of `death` must not end a tcache that is parked. */
	pthread_setspecific(death, NULL);
	leave(tcache);
	return be_born();
}

struct hak_tcache *hak_thread_tcache(void)
{
	if (hak_unlikely(!is_open()))
		return NULL;
	if (hak_likely(hak_tcache_real(hak_tls)))
		return hak_likely(!hak_topology.located) ? hak_tls
							 : settle(hak_tls);
	if (frees == DEAD)
		return NULL;
	return be_born();
}

struct hak_tcache *hak_thread_tcache_to_free(void)
{
	if (hak_likely(is_open() && hak_tcache_real(hak_tls)))
		return hak_tls;
	if (!is_open() || frees == DEAD)
		return NULL;
	if (frees < FREES_BEFORE_BIRTH)
		frees++;
	/* If another thread clears this bit, the next free sets the bit again. */
	if (frees == FREES_BEFORE_BIRTH)
		hak_todo_add(HAK_TODO_BIRTH);
	return NULL;
}

void hak_thread_birth_noted(void)
{
	if (frees == FREES_BEFORE_BIRTH && !hak_tcache_real(hak_tls))
		hak_thread_tcache();
}

/*
 * Should the keeper tend the tcache? Only if no thread has used the tcache since the
 * keeper's last look, or if memory is short (`pressed`). And only if a thread has used
 * the tcache since the keeper last tended it, or if the owner's queue has slabs. If the
 * tcache stays idle, the function also asks the tcache's thread to flush the bins.
 */
static bool is_idle(struct hak_tcache *tcache, bool pressed)
{
	uint32_t work = hak_read_once(&tcache->work);

	tcache->idle = work == tcache->seen ? tcache->idle + 1 : 0;
	tcache->seen = work;
	if (pressed || tcache->idle == LOOKS_BEFORE_FLUSH)
		hak_claim_ask_to_flush(tcache);
	return (tcache->idle || pressed) &&
	       (work != tcache->tended || hak_owner_has_mail(&tcache->owner));
}

/* Call hak_claim_ask() for each tcache to tend on the node. Returns the number. */
static unsigned ask_node(struct hak_node *node, bool pressed)
{
	struct hak_tcache *tcache;
	unsigned count = 0;

	/* pairs with hak_tcache_enlist() */
	tcache = hak_load_acquire(&node->youngest);
	for (; tcache; tcache = tcache->older) {
		if (!is_idle(tcache, pressed))
			continue;
		hak_claim_ask(tcache);
		count++;
	}
	return count;
}

static void tend_node(struct hak_node *node, bool passed)
{
	struct hak_tcache *tcache;

	/* pairs with hak_tcache_enlist() */
	tcache = hak_load_acquire(&node->youngest);
	for (; tcache; tcache = tcache->older) {
		if (!hak_claim_asked(tcache) || !hak_claim_take(tcache, passed))
			continue;
		hak_tcache_tend(tcache);
		tcache->tended = tcache->seen;
		hak_stat_add(node->stats, HAK_STAT_TCACHES_TENDED, 1);
		hak_claim_drop(tcache);
		/* The other threads withdraw the keeper's request at a slow call. */
		if (hak_wake_dismissed())
			return;
	}
}

void hak_threads_tend(bool pressed, bool last)
{
	unsigned nodes = hak_topology_nodes();
	unsigned idle = 0;
	bool passed;
	unsigned i;

	hak_inherit();
	for (i = 0; i < nodes; i++) {
		hak_parked_drain_called(hak_nodes[i]);
		idle += ask_node(hak_nodes[i], pressed);
	}
	passed = idle && hak_claim_pass();
	for (i = 0; i < nodes; i++) {
		if (idle)
			tend_node(hak_nodes[i], passed);
		if (last)
			hak_shared_tidy(hak_nodes[i]);
		else
			hak_shared_drain(hak_nodes[i]);
	}
}

bool hak_threads_are_outside(void)
{
	/*
	 * In a child of a bare _Fork(), `told` lacks the bit until the child has
	 * repaired its records; until then the locks may be the parent's.
	 */
	return is_open() && hak_read_once(&hak_kin->told) & HAK_KIN_CACHE &&
	       hak_tcache_real(hak_tls) && !hak_claim_at_work(hak_tls) &&
	       !hak_parked_at_work() && !hak_lock_any_is_mine();
}

void hak_threads_after_fork(bool outside)
{
	uint32_t own;
	unsigned i;

	hak_kin_is_new(HAK_KIN_CACHE);
	hak_write_once(&lost, 0);
	if (is_open()) {
		hak_inherit_begin(hak_tls, outside);
		hak_credit_after_fork(hak_tls);
	}
	for (i = 0; i < hak_topology_nodes(); i++) {
		own = is_open() && hak_tls->node == hak_nodes[i];
		hak_stat_add(hak_nodes[i]->stats, HAK_STAT_TCACHES_FROZEN,
			     hak_read_once(&hak_nodes[i]->tcaches) - own);
		hak_write_once(&hak_nodes[i]->tcaches, own);
	}
}

void hak_threads_open(void)
{
	hak_topology_locate();
	/* pairs with is_open() */
	hak_store_release(&opened, has_death);
}

void hak_threads_init(const pthread_key_t *end)
{
	hak_tcache_start(NOBODY);
	hak_claim_init();
	has_death = end;
	if (end)
		death = *end;
}

void hak_thread_stay(int node)
{
	if (!is_open())
		return;
	chosen_node = node == HAK_NO_NODE ? 0 : (uint32_t)node + 1;
	if (hak_tcache_real(hak_tls)) {
		hak_tls->away = REFILLS_AWAY;
		settle(hak_tls);
	}
}
