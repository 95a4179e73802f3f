/* SPDX-License-Identifier: MIT */
/*
 * child.c - a fork child takes back memory that other threads were decommitting.
 *
 * Owns    INFLIGHT superslabs in a fork child.
 * Locks   span->lock.
 * Calls   sparse.h, budget.h, heap/span.h, os/kin.h, os/wake.h.
 */
#include "reclaim/child.h"

#include "reclaim/budget.h"
#include "reclaim/hand.h"
#include "reclaim/slack.h"
#include "heap/leftover.h"
#include "heap/run.h"
#include "heap/span.h"
#include "heap/warm.h"
#include "heap/window.h"
#include "os/kin.h"
#include "os/ring.h"
#include "os/wake.h"
#include "base/todo.h"
#include "arch/arch.h"

static void recover(struct hak_span *span)
{
	uint32_t i;

	/*
	 * The running thread itself is decommitting, or has the span's lock, and a
	 * signal handler of this thread forked. The interrupted work goes on after
	 * the handler, so leave the span alone.
	 */
	if (span->trimmer == arch_thread_pointer() ||
	    hak_lock_is_mine(&span->lock))
		return;
	/*
	 * A bare _Fork() waits for no lock, so a missing thread may have held the
	 * lock.
	 */
	if (hak_lock_was_lost(&span->lock)) {
		hak_span_rebuild(span);
		span->trimmer = 0;
		return;
	}
	hak_lock_take(&span->lock);
	for (i = 0; span->inflight && i < span->mapped; i++) {
		if (span->superslab[i].state != HAK_SUPERSLAB_INFLIGHT)
			continue;
		hak_span_count_locked(span, &span->inflight, -1U);
		span->superslab[i].held = false;
		if (hak_leftover_lost_locked(span, i))
			continue;
		hak_superslab_set(&span->superslab[i], HAK_SUPERSLAB_EMPTY);
		hak_run_add_locked(span, i, 1);
		hak_warm_count_locked(span, 1);
	}
	span->trimmer = 0;
	hak_lock_drop(&span->lock);
}

void hak_child_recover(void)
{
	unsigned i;

	hak_kin_is_new(HAK_KIN_HEAP);
	hak_wake_forget();
	hak_ring_forget();
	for (i = 0; i < hak_window.spans; i++) {
		recover(&hak_window.span[i]);
		hak_span_note_again(&hak_window.span[i]);
	}
	while (hak_todo_has_settler())
		hak_todo_leave_settler();
	/* A missing thread may have taken a note without acting on the note. */
	hak_todo_add(HAK_TODO_SETTLE);
	hak_todo_add(HAK_TODO_SPARSE);
	hak_slack_after_fork();
	hak_hand_after_fork();
	hak_budget_after_fork();
}

void hak_child_look(void)
{
	if (hak_kin_is_new(HAK_KIN_HEAP))
		hak_child_recover();
}
