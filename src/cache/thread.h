/* SPDX-License-Identifier: MIT */
/*
 * thread.h - the tcaches of threads that are born and that end.
 *
 * A tcache outlives its thread. When a thread ends, hakmem flushes and parks
 * the tcache. The parked tcache keeps its id, and the slabs that still have
 * lent blocks. The next thread born on the node takes the tcache over, and so
 * owns these slabs.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct hak_node;
struct hak_tcache;

/*
 * Call this once, on the initialising thread. `end`: the key whose destructor
 * calls hak_thread_end(); NULL: threads do without tcaches.
 */
void hak_threads_init(uint64_t link_key, const pthread_key_t *end);

/* The running thread ends: empty and park the tcache. */
void hak_thread_end(struct hak_tcache *tcache);

/*
 * From now on threads may have tcaches. Call this when the loader has made TLS
 * usable, because resolvers of indirect functions allocate earlier.
 */
void hak_threads_open(void);

/*
 * The tcache of the running thread. A thread without a tcache adopts a parked
 * tcache, or gets a new tcache. NULL after the thread's end, or if there is no
 * memory.
 */
struct hak_tcache *hak_thread_tcache(void);

/*
 * For a freeing thread: the tcache, or NULL. After some frees without a tcache,
 * hak_thread_birth_noted() gives the thread a tcache, at the end of the slow
 * path. The first frees do not, because the C library also frees in threads
 * whose destructors have already run.
 */
struct hak_tcache *hak_thread_tcache_to_free(void);
void hak_thread_birth_noted(void);

/* The node of the running thread's new memory. */
struct hak_node *hak_thread_node(void);

/*
 * Give the running thread the heap of a node; HAK_NO_NODE: the node where the
 * thread runs.
 */
void hak_thread_stay(int node);

/*
 * hak_threads_alive() returns how many threads have a tcache; the process has
 * at least as many threads. Some threads may have ended without a destructor,
 * and hak_threads_bury() finds out how many. `threads` returns an upper bound
 * of the number of threads in the process.
 */
uint32_t hak_threads_alive(void);
void hak_threads_bury(uint32_t (*threads)(void));

/*
 * May the library create a thread? Yes if there is no seccomp filter, or if a
 * thread was born under the filter. Otherwise the filter may kill for the calls
 * that create a thread.
 */
bool hak_threads_may_be_born(void);

/* The running thread never gets a tcache, and does not count as alive. */
void hak_thread_without(void);

/*
 * Keeper: check all tcaches and shared slabs. Tidy the tcaches of threads that
 * were idle since the last check. If a thread stays idle, ask the thread to
 * flush its bins. If memory is short, do both for all tcaches at once. With
 * `last`, also return the last idle slab of each shared class.
 */
void hak_threads_tend(bool pressed, bool last);

/*
 * Is the running thread outside of hakmem's own code? Before a fork, and false
 * if in doubt: a signal handler that forks may have interrupted hakmem.
 */
bool hak_threads_are_outside(void);

/*
 * In a fork child: leave the tcaches of missing threads to hak_inherit(); for
 * ever, if the thread was not `outside`, or if no fork handlers ran.
 */
void hak_threads_after_fork(bool outside);
