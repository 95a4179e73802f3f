/* SPDX-License-Identifier: MIT */
/*
 * kin.h - words wiped in a child process, whatever call forked the child.
 *
 * A child's memory records the parent's threads, but the child does not have
 * these threads. After fork() a handler tells each floor. After a bare _Fork()
 * or clone() a floor checks the wiped words before it waits for another thread.
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
	_Atomic uint32_t told; /* floors aware of the current process */
};

/* Constant once the heap is open. */
extern struct hak_kin *hak_kin HAK_HIDDEN;

/* Call this once, before the library creates a thread. */
void hak_kin_open(void);

/*
 * True once per floor, in a child where no fork handler has told the floor. The
 * thread that gets true repairs the floor's records.
 */
static inline bool hak_kin_is_new(enum hak_kin_floor floor)
{
	return hak_unlikely(!(hak_read_once(&hak_kin->told) & floor)) &&
	       !(hak_or_relaxed(&hak_kin->told, floor) & floor);
}
