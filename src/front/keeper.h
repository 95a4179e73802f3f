/* SPDX-License-Identifier: MIT */
/*
 * keeper.h - hakmem's own thread, which gives memory back.
 */
#pragma once

#include "base/compiler.h"

/*
 * Call this once, before main. Creates a keeper if the options demand a keeper at all
 * times.
 */
void hak_keeper_init(void);

/*
 * Create a keeper, if the options allow a keeper and if the code at `caller`, which
 * called free, holds no lock of the C library. If it may hold one, a later free tries
 * again.
 */
HAK_COLD void hak_keeper_make(const void *caller);

/*
 * For a fork child. hak_keeper_after_fork() forgets the parent's keeper, and takes back
 * the memory that the parent's threads were giving to the kernel. Call
 * hak_keeper_begin_again() when the records of all floors are in order. This function
 * creates a keeper if the options demand a keeper at all times.
 */
void hak_keeper_after_fork(void);
void hak_keeper_begin_again(void);
