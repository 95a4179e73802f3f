/* SPDX-License-Identifier: MIT */
/*
 * keeper.h - hakmem's own thread, which gives memory back.
 */
#pragma once

#include "base/compiler.h"

/*
 * Call this once at start, when threads can be created. Creates a keeper if the
 * options demand a permanent keeper.
 */
void hak_keeper_init(void);

/*
 * Create a keeper, if this is safe. `caller` is the code that called malloc or
 * free.
 */
HAK_COLD void hak_keeper_make(const void *caller);

/*
 * For a fork child. The first function forgets the parent's keeper and takes
 * over the keeper's unfinished work. Call the second function when all records
 * are in order: it creates a keeper if the options demand a permanent keeper.
 */
void hak_keeper_after_fork(void);
void hak_keeper_begin_again(void);
