/* SPDX-License-Identifier: MIT */
/*
 * thread.h - a thread's birth, death and heirs.
 *
 * A tcache outlives its thread. A dead thread's tcache is parked: flushed, but
 * with the id, and with the slabs that still have lent blocks. The next thread
 * of the node takes the tcache over, and so owns the dead thread's blocks.
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
 * From now on threads may have tcaches. Call this after the loader has made TLS
 * usable: resolvers of indirect functions allocate earlier.
 */
void hak_threads_open(void);

/*
 * The running thread's tcache. A thread without a tcache adopts or makes a
 * tcache. NULL after the thread's death, or if there is no memory.
 */
struct hak_tcache *hak_thread_tcache(void);

/*
 * For a freeing thread: the tcache, or NULL. After some frees without a tcache,
 * hak_thread_birth_noted() adopts or makes a tcache for the thread, at the end of
 * the slow path. The first frees make no tcache: the C library may free on behalf
 * of a thread whose end nobody will report.
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
 * hak_threads_alive() returns how many threads hold a tcache; the process has at
 * least as many threads. Some threads may have ended without notice:
 * hak_threads_bury() finds out how many. `threads` returns how many threads the
 * process may have.
 */
uint32_t hak_threads_alive(void);
void hak_threads_bury(uint32_t (*threads)(void));

/*
 * May the library create a thread? Yes if there is no seccomp filter, or if a
 * thread was born under the filter. Otherwise the filter may kill for the calls
 * that create a thread.
 */
bool hak_threads_may_be_born(void);

/* The running thread does without a tcache for life, and does not count as alive. */
void hak_thread_without(void);

/*
 * Keeper: look at all tcaches and shared slabs. Tidy the tcaches of threads that
 * were idle since the last look; after a few idle looks, ask the thread to flush
 * the bins. If memory is short, do both for all tcaches at once. The `last` look
 * of several also returns the last idle slab of each shared class.
 */
void hak_threads_tend(bool pressed, bool last);

/* In a fork child: freeze the other threads' tcaches as they were. */
void hak_threads_after_fork(void);
