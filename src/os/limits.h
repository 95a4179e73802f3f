/* SPDX-License-Identifier: MIT */
/* limits.h - available memory and addresses, page sizes, secrets. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* The sum of the machine's memory and swap in bytes; 0 if unknown. */
uint64_t hak_limits_memory(void);

/*
 * The limit of the process's address space (RLIMIT_AS) in bytes; UINT64_MAX if there is
 * none.
 */
uint64_t hak_limits_addresses(void);

/* Size of a page in bytes. */
size_t hak_limits_page(void);

/*
 * Size of a transparent huge page in bytes: 2 MiB with pages of 4 KiB. With larger
 * pages the function asks the kernel. The answer is 32 MiB with pages of 16 KiB, and
 * 512 MiB with pages of 64 KiB.
 */
size_t hak_limits_huge_page(void);

/*
 * The process's secret number `which`. The source is AT_RANDOM, which the kernel draws
 * anew at each exec. From AT_RANDOM the C library makes its stack and pointer guards.
 * The mix is not reversible, so a leaked secret reveals neither guard.
 */
uint64_t hak_limits_secret(unsigned which);
