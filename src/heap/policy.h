/* SPDX-License-Identifier: MIT */
/*
 * policy.h - every decision of taste and measurement.
 *
 * Pure functions of arguments and options; no state, no locks.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The largest number of blocks in a slab: the number of bits in a bitmap. */
enum { HAK_SLAB_BLOCKS_MAX = 14 * 64 };

/* The number of units, and of blocks, of a slab for blocks of this size. */
unsigned hak_policy_slab_units(size_t block_bytes);
unsigned hak_policy_slab_blocks(size_t block_bytes, unsigned units);

/* The largest number of freed blocks in a full tcache bin. */
unsigned hak_policy_cached(size_t block_bytes);

/*
 * The limit of all threads' caches together, in bytes. `lent`: bytes in lent
 * superslabs.
 */
uint64_t hak_policy_cache_bytes(uint64_t lent);

/*
 * The number of blocks that a bin draws at the n-th refill. `refills` is n, from 0
 * on.
 */
unsigned hak_policy_batch(unsigned refills, size_t block_bytes);

/* The number of bytes populated behind the drawn blocks at a bin's n-th refill. */
size_t hak_policy_ahead(unsigned refills, size_t block_bytes);

/*
 * The number of slabs that a node lends at once at a bin's n-th refill. A slab has
 * `units` units.
 */
unsigned hak_policy_lend(unsigned refills, unsigned units);

/*
 * At a bin's n-th refill, may the thread take a slab of its own? Otherwise the
 * thread has to draw from the node's shared slabs. `tcaches`: number of tcaches in
 * use on the node.
 */
bool hak_policy_own_slab(unsigned refills, unsigned tcaches);

/* Does a row of `units` units go to a superslab for long rows only? */
bool hak_policy_coarse(unsigned units);

/*
 * Is a size class large enough for superslabs of its own? The class has slabs of
 * `slab_units` units, and holds `class_units` units on the node.
 */
bool hak_policy_own_superslab(unsigned slab_units, int32_t class_units);

/*
 * All slabs of a node hold `held` units. `own` units are free in superslabs of
 * single classes, `mixed` units in superslabs of all classes. hak_policy_affords():
 * may a class have another superslab of the class's own? hak_policy_shares():
 * should all classes use a superslab of a single class from now on?
 * hak_policy_fills(): should each class fill mixed superslabs first?
 */
bool hak_policy_affords(uint32_t own, uint32_t held);
bool hak_policy_shares(uint32_t own, uint32_t held);
bool hak_policy_fills(uint32_t mixed, uint32_t held);

/*
 * May a node keep the last freed medium blocks for reuse? `limit` is the number of
 * superslabs that the process may have.
 */
bool hak_policy_keeps_rows(uint32_t limit);

/*
 * The number of superslabs to map at once for a span that has `mapped` superslabs
 * and needs `need` more.
 */
uint32_t hak_policy_step(uint32_t need, uint32_t mapped);

/* The number of superslabs to populate when a span maps a new step. */
uint32_t hak_policy_prewarm(void);

/* Are huge pages of `bytes` bytes better than small pages? */
bool hak_policy_huge_pages(size_t bytes);

/* The number of superslabs with small pages at the start of a span. */
uint32_t hak_policy_small_pages(void);

/*
 * The number of empty superslabs to keep resident in all spans together. `lent`
 * is the number of lent superslabs, `missed` the number recently wanted again
 * after decommit.
 */
uint32_t hak_policy_keep(uint32_t lent, uint32_t missed);

/*
 * The number of empty superslabs to keep resident in the last span, which has the
 * large blocks, out of the span's share of the budget.
 */
uint32_t hak_policy_keep_large(uint32_t share);

/*
 * The number of empty superslabs that may stay resident beside `lent` lent
 * superslabs under the option TARGET_MB; UINT32_MAX: any number.
 */
uint32_t hak_policy_bound(uint32_t lent);

/*
 * hak_policy_limit() converts the limit of the process from bytes (UINT64_MAX:
 * none) to superslabs. hak_policy_room() returns the number of empty superslabs
 * that may stay resident beside `lent` lent superslabs under this limit.
 */
uint32_t hak_policy_limit(uint64_t bytes);
uint32_t hak_policy_room(uint32_t lent, uint32_t limit);

/* The number of nonresident superslabs to keep mapped at the end of the last span. */
uint32_t hak_policy_addresses(uint32_t lent);

/*
 * hakmem keeps `warm` empty superslabs resident. Is this a reason for the keeper to
 * wait for memory pressure?
 */
bool hak_policy_worth_a_look(uint32_t warm);

/*
 * A superslab has `free` free units, and at most `resident` of these have pages.
 * hak_policy_sparse(): should the free units go to the kernel, if a superslab with
 * `least` free units may give? hak_policy_dense(): are so few units free that the
 * superslab should have a huge page again?
 */
bool hak_policy_sparse(unsigned free, unsigned resident, unsigned least);
bool hak_policy_dense(unsigned free);

/*
 * The least number of free units of a superslab that gives free units: when memory
 * is short; by malloc_trim; after the delay. hak_policy_sparse_at_once(): without a
 * keeper, do the units go at the free, without a delay?
 */
unsigned hak_policy_sparse_short(void);
unsigned hak_policy_sparse_trim(void);
unsigned hak_policy_sparse_calm(void);
bool hak_policy_sparse_at_once(void);

/*
 * The time in milliseconds for which superslabs have to exceed the budget before
 * they go to the kernel, because the program may want the memory again.
 */
uint32_t hak_policy_delay(void);
