/* SPDX-License-Identifier: MIT */
/*
 * kin.h - words wiped in a child process, whatever call forked the child.
 *
 * A child's memory records threads of the parent that the child does not have.
 * After fork() a fork handler repairs the records of each floor. After a bare
 * _Fork() or clone() no handler runs; so a floor checks the wiped words before
 * it waits for another thread.
 */
#pragma once

#include "base/atomic.h"
#include "base/compiler.h"

#include <stdbool.h>
#include <stdint.h>

enum hak_kin_floor {
	HAK_KIN_HEAP = 1,
	HAK_KIN_CACHE = 2,
	HAK_KIN_ALL = HAK_KIN_HEAP | HAK_KIN_CACHE,
};

struct hak_kin {
	_Atomic uint32_t wake; /* os/wake.c: the keeper sleeps on the word */
	_Atomic uint32_t
		keeper;	       /* os/wake.c: keeper's id; cleared by the kernel */
	_Atomic uint32_t told; /* floors whose records describe this process */
	_Atomic uint32_t missing; /* see hak_kin_misses() */
};

/* Constant once the heap is open. */
extern struct hak_kin *hak_kin HAK_HIDDEN;

/* Call this once, before the library creates a thread. */
void hak_kin_open(void);

/*
 * True once for each floor, in a child where no fork handler has repaired the
 * floor's records. The thread that gets true repairs the records.
 */
static inline bool hak_kin_is_new(enum hak_kin_floor floor)
{
	return hak_unlikely(!(hak_read_once(&hak_kin->told) & floor)) &&
	       !(hak_or_relaxed(&hak_kin->told, floor) & floor);
}

/*
 * Are there owners whose thread is missing, and not yet in order? False in a
 * child where no fork handler has run: these owners stay as they are.
 */
static inline bool hak_kin_misses(void)
{
	/* pairs with hak_kin_set_misses(): the slabs are in order */
	return hak_unlikely(hak_load_acquire(&hak_kin->missing));
}

static inline void hak_kin_set_misses(bool misses)
{
	/* pairs with hak_kin_misses() */
	hak_store_release(&hak_kin->missing, misses);
}
