/* SPDX-License-Identifier: MIT */
/*
 * meta.c - memory for the allocator's own records.
 *
 * Owns    every span's arena.
 * Locks   META.
 * Calls   region.h.
 */
#include "heap/meta.h"

#include "base/bits.h"
#include "base/lock.h"

static struct hak_lock lock;

void hak_meta_init(void)
{
	hak_lock_init(&lock, HAK_LOCK_META);
}

void *hak_meta_alloc(struct hak_span *span, size_t bytes)
{
	void *at = NULL;

	bytes = hak_round_up(bytes, HAK_CACHE_LINE);
	hak_lock_take(&lock);
	if (hak_region_reach(&span->arena, span->arena_used + bytes)) {
		at = span->arena.base + span->arena_used;
		span->arena_used += bytes;
	}
	hak_lock_drop(&lock);
	return at;
}
