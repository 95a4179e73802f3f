/* SPDX-License-Identifier: MIT */
/*
 * fast.c - the bounds of the fast path of malloc and free.
 *
 * Owns    the two bounds: init.c sets them, every fast path reads them. A
 *         thread's count of its calls.
 */
#include "front/malloc.h"

#include "os/clock.h"
#include "base/todo.h"

enum {
	PAUSE_MAX = 63, /* calls of malloc by a thread between two notes */
	BUSY_MS = 16,	/* notes within less time: make the pause longer */
};

uint64_t hak_fast_bytes HAK_HOT HAK_ALIGNED(2 * HAK_CACHE_LINE);
uint64_t hak_fast_chunks HAK_HOT;

static __thread struct {
	unsigned calls; /* since the last note */
	unsigned pause;
	uint32_t noted; /* when, by hak_clock_ms() */
} count HAK_INITIAL_EXEC;

void hak_fast_count(bool on)
{
	uint64_t bytes = on ? HAK_FAST_COUNTED : HAK_TINY_MAX + 1;

	/* pairs with hak_alloc_fast(); do not write the line in vain */
	if (arch_load_acquire(&hak_fast_bytes) != bytes)
		__atomic_store_n(&hak_fast_bytes, bytes, __ATOMIC_RELEASE);
}

bool hak_fast_counted(void)
{
	uint32_t now;

	if (count.calls++ < count.pause)
		return true;
	now = hak_clock_ms();
	count.pause = now - count.noted < BUSY_MS ? 2 * count.pause + 1 : 0;
	if (count.pause > PAUSE_MAX)
		count.pause = PAUSE_MAX;
	count.noted = now;
	count.calls = 0;
	hak_todo_add(HAK_TODO_SPARSE);
	return false;
}
