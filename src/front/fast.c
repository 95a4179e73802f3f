/* SPDX-License-Identifier: MIT */
/*
 * fast.c - the bounds of the fast path of malloc and free.
 *
 * Owns    the two bounds, which every fast path reads: init.c sets both at start, and
 *         this file changes the first. Each thread's count of its calls of malloc.
 */
#include "front/malloc.h"

#include "os/clock.h"
#include "base/todo.h"

enum {
	PAUSE_MAX = 15, /* most calls of a thread between two reads of the clock */
	NOTE_MS = 16,	/* least time between two notes of a thread */
};

uint64_t hak_fast_bytes HAK_HOT HAK_ALIGNED(2 * HAK_CACHE_LINE);
uint64_t hak_fast_chunks HAK_HOT;

/* The running thread's calls of malloc while calls are counted (malloc.h). */
static __thread struct {
	unsigned count; /* calls since the thread last read the clock */
	unsigned pause; /* calls to count before the thread reads the clock */
	uint32_t noted; /* time of the thread's last note, by hak_clock_ms() */
} calls HAK_INITIAL_EXEC;

void hak_fast_set_counting(bool on)
{
	uint64_t bytes = on ? HAK_FAST_COUNTING : HAK_TINY_MAX + 1;

	/*
	 * Store only a new value, because all threads read this cache line. Both
	 * accesses are sequentially consistent. So either this thread sees that another
	 * thread has begun to wait or left a note (settle_slack() in slow.c), or the
	 * other thread sees this store.
	 */
	if (__atomic_load_n(&hak_fast_bytes, __ATOMIC_SEQ_CST) != bytes)
		__atomic_store_n(&hak_fast_bytes, bytes, __ATOMIC_SEQ_CST);
}

void hak_fast_without_keeper(void)
{
	/* pairs with settle_slack() in slow.c: set the note before the bound */
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
