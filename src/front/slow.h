/* SPDX-License-Identifier: MIT */
/*
 * slow.h - the end of every slow path of malloc, realloc and free.
 *
 * Lower floors never call upwards, but leave notes (base/todo.h). The end of a slow
 * path acts on the notes, because there the thread holds no lock, and the block is
 * allocated or freed.
 */
#pragma once

#include "os/kin.h"
#include "base/atomic.h"
#include "base/compiler.h"
#include "base/todo.h"

/*
 * In a fork child, take back the memory that missing threads were giving to the kernel.
 */
HAK_COLD void hak_slow_after_fork(void);

/*
 * Call this at the beginning of each slow path. In a child forked without fork handlers,
 * the first call puts the heap's records in order.
 */
static inline void hak_slow_begin(void)
{
	if (hak_unlikely(hak_kin_is_new(HAK_KIN_HEAP)))
		hak_slow_after_fork();
}

/*
 * Act on all notes; the amount of work is bounded. `caller` is the code that called free.
 * With NULL the function creates no keeper.
 */
HAK_COLD void hak_slow_act(const void *caller);

/*
 * For the end of a slow path of malloc or realloc: act on the notes, if there are any,
 * but create no keeper. Call this with no lock held.
 */
static inline void hak_slow_end(void)
{
	if (hak_unlikely(hak_read_once(&hak_todo) &
			 ~(uint32_t)HAK_TODO_KEEPER))
		hak_slow_act(NULL);
}

/*
 * For the end of a slow path of free: act on the notes, and create a keeper if necessary.
 * `caller`, not NULL, is the code that called free. hakmem creates a keeper only if this
 * code holds no lock of the C library.
 */
static inline void hak_slow_end_free(const void *caller)
{
	if (hak_unlikely(hak_read_once(&hak_todo)))
		hak_slow_act(caller);
}
