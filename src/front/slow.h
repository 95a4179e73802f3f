/* SPDX-License-Identifier: MIT */
/*
 * slow.h - the end of every slow path of malloc, realloc and free.
 *
 * Lower floors never call upwards. They leave notes (base/todo.h), and the notes
 * are read here, when the caller holds no lock and has what it asked for.
 */
#pragma once

#include "reclaim/decommit.h"
#include "os/kin.h"
#include "base/atomic.h"
#include "base/compiler.h"
#include "base/todo.h"

/*
 * At the beginning, where memory is to be lent: a fork child of which no handler has
 * told finds its records in order.
 */
static inline void hak_slow_begin(void)
{
	if (hak_kin_is_new(HAK_KIN_HEAP))
		hak_decommit_after_fork();
}

/* Acts on the notes: one bounded piece of work. `caller`: see hak_slow_end(). */
HAK_COLD void hak_slow_act(const void *caller);

/*
 * With no lock held. `caller`: whose code called free, as a keeper may only be made
 * where that code holds no lock of the C library; NULL: no keeper is made.
 */
static inline void hak_slow_end(const void *caller)
{
	uint32_t mine = caller ? UINT32_MAX : ~(uint32_t)HAK_TODO_KEEPER;

	if (hak_unlikely(hak_read_once(&hak_todo) & mine))
		hak_slow_act(caller);
}
