/* SPDX-License-Identifier: MIT */
/*
 * todo.c - what the next end of a slow path is to do.
 *
 * Owns    the word.
 */
#include "base/todo.h"

_Atomic uint32_t hak_todo;
