/* SPDX-License-Identifier: MIT */
/*
 * count.c - counters of locks and atomic read-modify-writes, in a build of their own.
 *
 * Owns    the counters, in many cache lines. A thread uses one line, so that the counting
 *         itself rarely makes threads share a line.
 * Calls   text.h.
 */
#include "base/count.h"

#include "base/text.h"
#include "arch/arch.h"

enum { LINES = 256, THREAD_SHIFT = 12 };

static struct line {
	_Alignas(HAK_CACHE_LINE) uint64_t n[HAK_COUNT_ALL]; /* a counter for each kind */
} lines[LINES];

static const char *const names[] = {
	[HAK_COUNT_FREES] = " frees ",	     [HAK_COUNT_LOCKS] = " locks ",
	[HAK_COUNT_RMWS] = " rmws ",	     [HAK_COUNT_RUNS] = " runs ",
	[HAK_COUNT_RUN_BLOCKS] = " blocks ",
};

/* Two threads may use the same line, so the addition is atomic. */
void hak_count_add(enum hak_count what, uint32_t n)
{
	struct line *line =
		&lines[(arch_thread_pointer() >> THREAD_SHIFT) % LINES];

	__atomic_fetch_add(&line->n[what], n, __ATOMIC_RELAXED);
}

void hak_count_print(void)
{
	struct hak_text text = { 0 };
	int what, i;

	hak_text_add(&text, "hakmem counts:");
	for (what = 0; what < HAK_COUNT_ALL; what++) {
		uint64_t sum = 0;

		for (i = 0; i < LINES; i++)
			sum += __atomic_load_n(&lines[i].n[what],
					       __ATOMIC_RELAXED);
		hak_text_add(&text, names[what]);
		hak_text_add_number(&text, sum);
	}
	hak_text_add(&text, "\n");
	hak_text_print(&text);
}
