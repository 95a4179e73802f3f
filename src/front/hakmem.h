/* SPDX-License-Identifier: MIT */
/*
 * hakmem.h - what hakmem offers beyond the malloc of the C library.
 *
 * Programs need none of it: malloc and its relatives are taken over by the
 * names they have always had. All of these symbols have version HAKMEM_0.
 */
#ifndef HAKMEM_H
#define HAKMEM_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * hakmem_version - the version of the loaded library, as "0.1.0".
 *
 * Returns a string that is never freed. Thread-safe, async-signal-safe.
 */
const char *hakmem_version(void);

/*
 * hakmem_stats_page - where the library's counters lie, in a process of one's
 * own or, with process_vm_readv(2), in another.
 *
 * magic is "hakmem\0\0". version says how to read the rest: here 1. span
 * holds `spans` addresses, one for each memory node and a last one for large
 * blocks, which belong to none; at each there are `counters` 64-bit counters,
 * in the order that hakmem(7) lists them. Counters only grow; each is read
 * whole, but not all at one instant. spans is 0 until the first allocation.
 */
struct hakmem_stats {
	char magic[8];
	uint32_t version;
	uint32_t counters;
	uint32_t spans;
	uint32_t reserved;
	const volatile uint64_t *span[1025];
};

extern const struct hakmem_stats hakmem_stats_page;

#ifdef __cplusplus
}
#endif

#endif
