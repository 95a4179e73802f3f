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
 * Open the heap at the first call. False if there is no address space for the heap,
 * before the loader has relocated the library, or inside the first call.
 */
bool hak_init(void);

/* Like aligned_alloc, but `bytes` need not be a multiple of `align`, a power of two. */
void *hak_alloc_aligned(size_t align, size_t bytes);

/*
 * Flush the running thread's tcache, collect remote frees for the parked tcaches, and
 * give all empty superslabs back to the kernel. Returns the number of these superslabs.
 */
uint32_t hak_trim(void);

/*
 * Can hak_trim() make room for a block of `bytes`? No if the whole heap is smaller than
 * the block. No also soon after a trim that made no room, because an attacker who
 * chooses the sizes could make each malloc expensive. The caller calls
 * hak_trim_was_vain() if there is no room even after the trim.
 */
bool hak_trim_helps(size_t bytes);
void hak_trim_was_vain(size_t bytes);

/* Register the fork handlers, if an earlier call has not. For the initialising thread. */
void hak_fork_init(void);
