/* SPDX-License-Identifier: MIT */
/*
 * foreign.h - how large a block of the C library's own heap is.
 */
#pragma once

#include <stddef.h>

/*
 * Find the C library's malloc_usable_size. Call this before deepbind.c redirects names.
 */
void hak_foreign_find(void);

/* The usable size of a block outside the window: the early heap's or the C library's. */
size_t hak_foreign_usable(const void *block);
