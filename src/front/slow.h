/* SPDX-License-Identifier: MIT */
/*
 * slow.h - the end of every slow path of malloc, realloc and free.
 *
 * Lower floors never call upwards, but leave notes (base/todo.h). The end of a
 * slow path acts on the notes. At this point the caller holds no lock and has
 * done its own work.
 */
#pragma once

#include "os/kin.h"
#include "base/atomic.h"
#include "base/compiler.h"
#include "base/todo.h"

/* Put the records of a fork child in order. */
HAK_COLD void hak_slow_after_fork(void);

/*
 * At the beginning of a path that lends memory: put the records of a fork child
 * in order if no fork handler has run.
 */
static inline void hak_slow_begin(void)
{
	if (hak_unlikely(hak_kin_is_new(HAK_KIN_HEAP)))
		hak_slow_after_fork();
}

/*
 * Act on the notes; the amount of work is bounded. `caller` is the code that
 * called free, or NULL.
 */
HAK_COLD void hak_slow_act(const void *caller);

/*
 * For malloc and realloc: act on the notes, if there are any, but create no
 * keeper. Call this with no lock held.
 */
static inline void hak_slow_end(void)
{
	if (hak_unlikely(hak_read_once(&hak_todo) &
			 ~(uint32_t)HAK_TODO_KEEPER))
		hak_slow_act(NULL);
}

/*
 * For free: the same, but may create a keeper. `caller`, not NULL, is the code
 * that called free: hakmem creates a keeper only if this code holds no lock of
 * the C library.
 */
static inline void hak_slow_end_free(const void *caller)
{
	if (hak_unlikely(hak_read_once(&hak_todo)))
		hak_slow_act(caller);
}
