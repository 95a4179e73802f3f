/* SPDX-License-Identifier: MIT */
/*
 * foreign.h - how large a block of the C library's own heap is.
 */
#pragma once

#include <stddef.h>

/* Find the C library's own malloc_usable_size before the name is redirected. */
void hak_foreign_find(void);

/* For a block that is not in the window: the early heap's or the C library's. */
size_t hak_foreign_usable(const void *block);
