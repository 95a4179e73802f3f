/* SPDX-License-Identifier: MIT */
/*
 * policy.h - every decision that is a matter of taste and measurement.
 *
 * Pure functions of their arguments and the options; no state, no locks.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Most blocks a slab can have: its bitmaps have so many bits. */
enum { HAK_SLAB_BLOCKS_MAX = 14 * 64 };

/* How many units a slab of blocks of so many bytes takes. */
unsigned hak_policy_slab_units(size_t block_bytes);
unsigned hak_policy_slab_blocks(size_t block_bytes, unsigned units);

/* How many freed blocks a tcache bin takes before frees go to the slabs. */
unsigned hak_policy_cached(size_t block_bytes);

/* How many blocks a bin draws at its n-th refill, n from 0. */
unsigned hak_policy_batch(unsigned refills, size_t block_bytes);

/* How many bytes beyond what it draws a bin's n-th refill populates. */
size_t hak_policy_ahead(unsigned refills, size_t block_bytes);

/* May this bin have a slab of its own, or must it share? */
bool hak_policy_own_slab(unsigned refills, unsigned tcaches);

/* Does a row of so many units go to a superslab for long rows only? */
bool hak_policy_coarse(unsigned units);

/* Does a node keep the last freed rows of units as they are? */
bool hak_policy_keeps_rows(void);

/* How many superslabs a span claims when it needs `need` more. */
uint32_t hak_policy_step(uint32_t need, uint32_t claimed);

/* How many superslabs of a step are populated at once. */
uint32_t hak_policy_prewarm(void);

/* Does memory become better by huge pages of so many bytes? */
bool hak_policy_huge_pages(size_t bytes);

/* How many superslabs at the start of a span keep small pages. */
uint32_t hak_policy_small_pages(void);

/*
 * How many empty superslabs all spans together keep resident that have so many
 * lent ones, and have of late missed so many that were decommitted.
 */
uint32_t hak_policy_keep(uint32_t lent, uint32_t missed);

/* The same of the span of large blocks, which belongs to no node: of its share. */
uint32_t hak_policy_keep_large(uint32_t share);

/* How many may be warm by TARGET_MB, when so many are lent; UINT32_MAX: any. */
uint32_t hak_policy_bound(uint32_t lent);

/*
 * The same by what the process may have in all: by a limit in bytes (UINT64_MAX:
 * none), in superslabs.
 */
uint32_t hak_policy_limit(uint64_t bytes);
uint32_t hak_policy_room(uint32_t lent, uint32_t limit);

/* How many cold ones keep their addresses at the end, when so many are lent. */
uint32_t hak_policy_addresses(uint32_t lent);

/* Is that too little for nodes to keep the rows that were freed last? */
bool hak_policy_tight(uint32_t limit);

/* Are so many, all of which are kept, a reason to watch for pressure? */
bool hak_policy_worth_a_look(uint32_t warm);

/*
 * When memory is short: does a superslab go in part that has so many free units,
 * of which so many may have pages? Are few enough free to have its huge page
 * again?
 */
bool hak_policy_sparse(unsigned free, unsigned resident);
bool hak_policy_dense(unsigned free);

/* Milliseconds that what is not kept is left to the program's second thoughts. */
uint32_t hak_policy_delay(void);
