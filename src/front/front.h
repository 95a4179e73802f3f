/* SPDX-License-Identifier: MIT */
/*
 * front.h - the library's functions by their inner names.
 *
 * The library never calls its own exported names, because a program may define
 * some of these names itself. malloc and free are in malloc.h.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Open the heap, once. False if there is no address space for the heap, or
 * before the library's relocation.
 */
bool hak_init(void);

/* Like aligned_alloc for any size; align is a power of two. */
void *hak_alloc_aligned(size_t align, size_t bytes);

/* Give all empty superslabs back to the kernel. Returns their number. */
uint32_t hak_trim(void);

/*
 * Can a trim make room for a block of `bytes`? No if the whole heap is smaller
 * than the block, or soon after a trim that did not help: an attacker may
 * choose the lengths, and make each call expensive.
 */
bool hak_trim_helps(size_t bytes);
void hak_trim_was_vain(size_t bytes);

/* Register the fork handlers; once, on the initialising thread. */
void hak_fork_init(void);
