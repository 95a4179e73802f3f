/* SPDX-License-Identifier: MIT */
/* keeper.h - the library's own thread: gives memory back. */
#pragma once

#include "base/compiler.h"

/*
 * Call this once at start, when threads can be created. Creates a keeper if the
 * options demand a permanent keeper.
 */
void hak_keeper_init(void);

/* Create a keeper, if safe. `caller` is the code calling malloc or free. */
HAK_COLD void hak_keeper_make(const void *caller);

/*
 * For a fork child. The first function forgets the parent's keeper and takes
 * over its unfinished work. The second, when all records are in order, creates a
 * keeper if the options demand a permanent keeper.
 */
void hak_keeper_after_fork(void);
void hak_keeper_begin_again(void);
