/* SPDX-License-Identifier: MIT */
/*
 * limits.h - how much there is to have: memory, addresses, page size.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Bytes of physical memory of the machine; 0 when the kernel won't say. */
uint64_t hak_limits_memory(void);

/* RLIMIT_AS in bytes; UINT64_MAX when there is none. */
uint64_t hak_limits_addresses(void);

size_t hak_limits_page(void);

/* 16 bytes that differ from process to process (AT_RANDOM). */
void hak_limits_random(uint64_t ret_words[2]);
