/* SPDX-License-Identifier: MIT */
/*
 * thread.h - a thread's birth, its death, and its heirs.
 *
 * A tcache outlives its thread: it is parked, emptied but with its id and the
 * slabs that still have blocks out, and the next thread of the node takes it
 * over whole, so that what the dead one left behind is its own.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct hak_node;
struct hak_tcache;

/*
 * Once, on the initialising thread. `end`: the key whose destructor calls
 * hak_thread_end() for a thread; NULL: threads will do without tcaches.
 */
void hak_threads_init(uint64_t link_key, const pthread_key_t *end);

/* The running thread ends: its tcache is emptied, and parked. */
void hak_thread_end(struct hak_tcache *tcache);

/*
 * From now on threads may have tcaches. Not before the loader has made TLS
 * usable: resolvers of indirect functions allocate before that.
 */
void hak_threads_open(void);

/*
 * The running thread's tcache, made or adopted if it has none yet; NULL when
 * it is past its death, or when there is no memory.
 */
struct hak_tcache *hak_thread_tcache(void);

/*
 * The same for a thread that frees: a few frees do not give birth, because
 * the C library frees on a thread's behalf when nothing will tell of its end.
 */
struct hak_tcache *hak_thread_tcache_to_free(void);

/* The node that the running thread's memory is to come from. */
struct hak_node *hak_thread_node(void);

/* The running thread's heap is that of a node; HAK_NO_NODE: where it runs. */
void hak_thread_stay(int node);

/*
 * How many threads hold a tcache: there are as many at least. Some may have ended
 * and told nobody; how many, is found out by `threads`, which says how many there
 * may be.
 */
uint32_t hak_threads_alive(void);
void hak_threads_bury(uint32_t (*threads)(void));

/*
 * A filter that came after the last thread did may kill for what makes another;
 * there was one since, or there is no filter.
 */
bool hak_threads_may_be_born(void);

/* The running thread does without a tcache for life, and counts as none. */
void hak_thread_without(void);

/*
 * The keeper's look at all tcaches and shared slabs: those of threads that have
 * done nothing since the last are tidied, and after a few such are asked to empty
 * their bins. If memory is short that goes for all, at once. The `last` look of
 * several takes the last idle slabs of those that are shared, too.
 */
void hak_threads_tend(bool pressed, bool last);

/* In a fork child: the other threads' tcaches are frozen as they were. */
void hak_threads_after_fork(void);
