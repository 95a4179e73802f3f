/* SPDX-License-Identifier: MIT */
/*
 * count.h - counters of locks and atomic read-modify-writes, in a build of their own.
 *
 * Only a library configured with --enable-counts counts, and prints the counters at exit,
 * for bench/counts. In every other build the compiler drops the counting.
 */
#pragma once

#include "base/compiler.h"

#include <stdint.h>

enum hak_count {
	HAK_COUNT_FREES, /* calls of free, also those inside realloc */
	HAK_COUNT_LOCKS, /* locks taken */
	HAK_COUNT_RMWS, /* atomic read-modify-writes, also those of the locks */
	HAK_COUNT_RUNS, /* deliveries of remote frees to a slab */
	HAK_COUNT_RUN_BLOCKS, /* blocks in these deliveries */
	HAK_COUNT_ALL
};

void hak_count_add(enum hak_count what, uint32_t n);
void hak_count_print(void);

HAK_INLINE void hak_count(enum hak_count what, uint32_t n)
{
	if (HAK_COUNTS)
		hak_count_add(what, n);
}
