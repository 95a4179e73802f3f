/* SPDX-License-Identifier: MIT */
/*
 * todo.c - the work for the next end of a slow path.
 *
 * Owns    the word hak_todo.
 */
#include "base/todo.h"

_Atomic uint32_t hak_todo;
