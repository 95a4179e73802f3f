/* SPDX-License-Identifier: MIT */
/* limits.h - available memory and addresses, page sizes, secrets. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* The machine's memory and swap in bytes; 0 if unknown. */
uint64_t hak_limits_memory(void);

/* RLIMIT_AS in bytes; UINT64_MAX if there is no limit. */
uint64_t hak_limits_addresses(void);

size_t hak_limits_page(void);

/*
 * Size of a transparent huge page in bytes. For 4 KiB pages the architecture
 * sets 2 MiB. For 16 or 64 KiB pages ask the kernel: 32 or 512 MiB.
 */
size_t hak_limits_huge_page(void);

/*
 * A secret, different in each process. The source is AT_RANDOM, also the source
 * of the C library's stack and pointer guards. The mix is not reversible: a
 * leaked secret reveals neither guard.
 */
uint64_t hak_limits_secret(unsigned which);
