/* SPDX-License-Identifier: MIT */
/*
 * fast.c - the bounds of the fast path of malloc and free.
 *
 * Owns    the two bounds: init.c opens them, every fast path reads them. A thread's
 *         count of its calls.
 */
#include "front/malloc.h"

#include "os/clock.h"
#include "base/todo.h"

enum {
	PAUSE_MAX = 15, /* calls of malloc by a thread between two looks at the clock */
	NOTE_MS = 16,	/* between two notes of a thread */
};

uint64_t hak_fast_bytes HAK_HOT HAK_ALIGNED(2 * HAK_CACHE_LINE);
uint64_t hak_fast_chunks HAK_HOT;

static __thread struct {
	unsigned count; /* since the last look at the clock */
	unsigned pause;
	uint32_t noted; /* when, by hak_clock_ms() */
} calls HAK_INITIAL_EXEC;

void hak_fast_set_counting(bool on)
{
	uint64_t bytes = on ? HAK_FAST_COUNTING : HAK_TINY_MAX + 1;

	/*
	 * Do not write the line in vain. Sequentially consistent: either this
	 * thread sees another thread's `since` and note, or the other thread sees
	 * this store.
	 */
	if (__atomic_load_n(&hak_fast_bytes, __ATOMIC_SEQ_CST) != bytes)
		__atomic_store_n(&hak_fast_bytes, bytes, __ATOMIC_SEQ_CST);
}

void hak_fast_without_keeper(void)
{
	/* pairs with settle_slack(): the note comes before the counting */
	atomic_fetch_or_explicit(&hak_todo, HAK_TODO_SPARSE,
				 memory_order_seq_cst);
	hak_fast_set_counting(true);
}

bool hak_fast_count_call(void)
{
	uint32_t now;

	if (calls.count++ < calls.pause)
		return true;
	now = hak_clock_ms();
	calls.count = 0;
	if (now - calls.noted < NOTE_MS) {
		calls.pause = calls.pause < PAUSE_MAX ? 2 * calls.pause + 1
						      : PAUSE_MAX;
		return true;
	}
	calls.pause = 0;
	calls.noted = now;
	hak_todo_add(HAK_TODO_SPARSE);
	return false;
}
