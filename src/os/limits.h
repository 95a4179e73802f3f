/* SPDX-License-Identifier: MIT */
/*
 * limits.h - how much there is to have: memory, addresses, page sizes.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Bytes of memory and swap of the machine; 0 when the kernel won't say. */
uint64_t hak_limits_memory(void);

/* RLIMIT_AS in bytes; UINT64_MAX when there is none. */
uint64_t hak_limits_addresses(void);

size_t hak_limits_page(void);

/*
 * Bytes of a transparent huge page: 2 MiB by architecture where pages have 4 KiB,
 * 32 or 512 MiB where they have 16 or 64, which the kernel is asked.
 */
size_t hak_limits_huge_page(void);

/*
 * Secrets that differ from process to process. They come of AT_RANDOM, of
 * which the C library makes its stack and pointer guards, but one way: who
 * learns a secret learns neither guard.
 */
uint64_t hak_limits_secret(unsigned which);
