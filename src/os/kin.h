/* SPDX-License-Identifier: MIT */
/*
 * kin.h - words that a child process finds wiped, whichever way it was forked.
 *
 * So a child knows that it has not the threads that its memory tells of. Where
 * fork() was called a handler has told each floor so; after a bare _Fork() or
 * clone() a floor asks, where it would wait for one of those threads.
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
	_Atomic uint32_t bell; /* heap/bell.c: what the keeper sleeps on */
	_Atomic uint32_t
		keeper;	       /* heap/bell.c: its id; the kernel makes it 0 */
	_Atomic uint32_t told; /* floors that know which process this is */
};

/* Constant once the heap is open. */
extern struct hak_kin *hak_kin HAK_HIDDEN;

/* Once, before there are threads of ours. */
void hak_kin_open(void);

/*
 * True once for each floor in a child of which no handler has told it. The one
 * thread that is told so puts the floor's records in order.
 */
static inline bool hak_kin_is_new(enum hak_kin_floor floor)
{
	return hak_unlikely(!(hak_read_once(&hak_kin->told) & floor)) &&
	       !(hak_or_relaxed(&hak_kin->told, floor) & floor);
}
