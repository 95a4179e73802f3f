/* SPDX-License-Identifier: MIT */
/*
 * kin.h - words that read as zero in a child, whatever call forked the child.
 *
 * A fork child has copies of the records of all the parent's threads, but only
 * the thread that forked. After fork() a handler of hakmem repairs the records
 * of each floor (a floor is a source directory). After a bare _Fork() or clone()
 * no handler runs. So a floor checks these words before it waits for another
 * thread.
 */
#pragma once

#include "base/atomic.h"
#include "base/compiler.h"

#include <stdbool.h>
#include <stdint.h>

/* The floors that have records of threads, as bits. */
enum hak_kin_floor {
	HAK_KIN_HEAP = 1,
	HAK_KIN_CACHE = 2,
	HAK_KIN_ALL = HAK_KIN_HEAP | HAK_KIN_CACHE,
};

struct hak_kin {
	_Atomic uint32_t wake;	  /* the futex word of the sleeping keeper: os/wake.c */
	_Atomic uint32_t keeper;  /* the keeper's thread id or 0: os/wake.c */
	_Atomic uint32_t told;	  /* bits of floors whose records describe this process */
	_Atomic uint32_t missing; /* flag: see hak_kin_misses() */
};

/* The pointer is constant once the heap is open. */
extern struct hak_kin *hak_kin HAK_HIDDEN;

/* Map the words. Call this once, before hakmem creates a thread. */
void hak_kin_open(void);

/*
 * Does this process still have to repair the floor's records, because they describe the
 * parent's threads? Only the first call in a child returns true, and this caller has to
 * repair the records. If fork handlers run, they make this first call.
 */
static inline bool hak_kin_is_new(enum hak_kin_floor floor)
{
	return hak_unlikely(!(hak_read_once(&hak_kin->told) & floor)) &&
	       !(hak_or_relaxed(&hak_kin->told, floor) & floor);
}

/*
 * Has this child still to inherit tcaches, because their threads exist only in the
 * parent? False in a child where no fork handler has run: such a child never inherits
 * these tcaches.
 */
static inline bool hak_kin_misses(void)
{
	/*
	 * pairs with hak_kin_set_misses(): after `false`, this thread sees the repaired
	 * slabs
	 */
	return hak_unlikely(hak_load_acquire(&hak_kin->missing));
}

static inline void hak_kin_set_misses(bool misses)
{
	/* pairs with hak_kin_misses(): see there */
	hak_store_release(&hak_kin->missing, misses);
}
