/* SPDX-License-Identifier: MIT */
/*
 * thread.h - the tcaches of threads that are born and that end.
 *
 * A tcache outlives the thread. When a thread ends, hakmem flushes and parks the
 * tcache. The parked tcache keeps the id, and the slabs that still have lent
 * blocks. The next thread born on the node adopts the tcache, and so owns the
 * slabs.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct hak_node;
struct hak_tcache;

/*
 * Call once, on the initialising thread. `end`: the key whose destructor calls
 * hak_thread_end(); NULL: threads do without tcaches.
 */
void hak_threads_init(const pthread_key_t *end);

/* The running thread ends: flush and park the tcache. */
void hak_thread_end(struct hak_tcache *tcache);

/*
 * From now on threads may have tcaches. Call hak_threads_open() only when the loader
 * has made TLS usable; resolvers of indirect functions allocate before that.
 */
void hak_threads_open(void);

/*
 * The tcache of the running thread. A thread without a tcache adopts a parked
 * tcache, or gets a new tcache. NULL after the thread's end, or if there is no
 * memory.
 */
struct hak_tcache *hak_thread_tcache(void);

/*
 * For a thread that frees: the thread's tcache, or NULL. After 64 frees without a
 * tcache, hak_thread_birth_noted() gives the thread a tcache, at the end of the slow
 * path. The first frees do not, because the C library also frees in threads whose
 * destructors have already run.
 */
struct hak_tcache *hak_thread_tcache_to_free(void);
void hak_thread_birth_noted(void);

/* The node from whose heap the running thread gets memory. */
struct hak_node *hak_thread_node(void);

/*
 * From now on the running thread gets memory from the heap of this node. HAK_NO_NODE:
 * from the node where the thread runs.
 */
void hak_thread_stay(int node);

/*
 * hak_threads_alive() returns the number of threads with a tcache. The number is too
 * high if threads have ended without running the destructor that calls
 * hak_thread_end(). hak_threads_bury() corrects the number: the function `threads`
 * returns an upper bound of the number of threads with a tcache that the process has
 * now.
 */
uint32_t hak_threads_alive(void);
void hak_threads_bury(uint32_t (*threads)(void));

/*
 * May the library create a thread? Yes if there is no seccomp filter, or if a
 * thread was born under the filter. Otherwise the filter may kill the process for
 * the calls that create a thread.
 */
bool hak_threads_may_be_born(void);

/* The running thread never gets a tcache, and does not count as alive. */
void hak_thread_without(void);

/*
 * For the keeper: look at all tcaches and shared slabs. Tend the tcaches that no thread
 * has used since the last look. If no thread uses the tcache for several looks, ask the
 * tcache's thread to flush the bins. If memory is short (`pressed`), do both for all
 * tcaches at once. With `last`, also return the last idle slab of each class from the
 * shared slabs.
 */
void hak_threads_tend(bool pressed, bool last);

/*
 * Before a fork: is the running thread outside of hakmem's own code? False if in
 * doubt: a signal handler that forks may have interrupted hakmem.
 */
bool hak_threads_are_outside(void);

/*
 * In a fork child: from now on no thread uses the tcaches of missing threads. With
 * `outside`, hak_inherit() later parks these tcaches: fork handlers ran, and the
 * forking thread was outside of hakmem's own code.
 */
void hak_threads_after_fork(bool outside);
