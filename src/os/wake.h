/* SPDX-License-Identifier: MIT */
/*
 * wake.h - how a thread wakes the keeper, and whether there is a keeper.
 *
 * The keeper sleeps by futex(2) on a word that reads as zero in a child (kin.h).
 * Zero means "no keeper". So this is true in a child, whatever call forked it.
 */
#pragma once

#include "os/pressure.h"
#include "base/atomic.h"
#include "base/compiler.h"
#include "base/todo.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Has a thread found work for a keeper, while there was no keeper? hak_wake_want()
 * leaves a note of this.
 */
static inline bool hak_wake_wanted(void)
{
	return hak_read_once(&hak_todo) & HAK_TODO_KEEPER;
}

static inline void hak_wake_want(void)
{
	if (!hak_wake_wanted())
		hak_todo_add(HAK_TODO_KEEPER);
}

/*
 * Ask the keeper to look for work. False if there is no keeper. The function makes one
 * system call if the keeper sleeps, and otherwise none.
 */
bool hak_wake_keeper(void);

/* Like hak_wake_keeper(), but also end a hak_wake_nap() of the keeper. */
bool hak_wake_call(void);

/*
 * Is there a keeper? True also while a thread makes the keeper. False as soon as a
 * thread has asked the keeper to end.
 */
bool hak_wake_answered(void);

/* Is the keeper about to end, so that a thread may soon make another keeper? */
bool hak_wake_ends(void);

/*
 * For a thread that makes a keeper. hak_wake_enter() returns true to one thread at a
 * time, and only after the last keeper is gone. With `to_stay` the keeper stays even if
 * the program has only one thread. If the thread then makes no keeper, it calls
 * hak_wake_back_out().
 */
bool hak_wake_enter(bool to_stay);
void hak_wake_back_out(void);

/*
 * Call this when the keeper begins. False if the kernel would not report the keeper's
 * end. Then the keeper must end at once.
 */
bool hak_wake_begin(void);

enum hak_wake_left {
	/* A thread has asked the keeper to look for work: the keeper must do so. */
	HAK_WAKE_STAYS,
	/* The keeper may end. The thread that dismissed it settles the spans. */
	HAK_WAKE_LEFT,
	/* The keeper may end, but first has to settle the spans, because nobody waits. */
	HAK_WAKE_LEFT_ALONE,
};

/* The keeper calls this to end, when it is dismissed or has no more work. */
enum hak_wake_left hak_wake_leave(void);

/* For a fork child: forget the parent's keeper, which the child does not have. */
void hak_wake_forget(void);

/*
 * Must the keeper end? The keeper gives memory back in small parts, and calls this
 * between two parts.
 */
bool hak_wake_dismissed(void);

enum hak_wake_end {
	HAK_WAKE_NOBODY, /* there is no keeper, or only a keeper that stays */
	HAK_WAKE_GONE,	 /* the keeper is gone or nearly gone: the caller settles the spans */
	HAK_WAKE_LATE,	 /* the keeper still runs: it settles the spans at its end */
};

/*
 * Dismiss the keeper. A thread that ends calls this, with no lock held. If one thread
 * of the program remains, that thread must not see the keeper as a second thread of the
 * process. So the function waits for the keeper's end, but at most five milliseconds.
 * If no thread remains (`last`), the process cannot end before the keeper, so the
 * function waits as long as necessary.
 */
enum hak_wake_end hak_wake_dismiss(bool last);

/*
 * For the keeper: has a thread called hak_wake_keeper(), and so asked the keeper to
 * look for work, since the keeper's last call of hak_wake_heard()?
 */
bool hak_wake_heard(void);

/*
 * For the keeper: has the kernel reported memory pressure since the last call? The
 * function also asks the kernel to wake the keeper at the next report, through the word
 * on which the keeper sleeps. `may_ask` allows system calls that a seccomp filter may
 * forbid. If the kernel cannot wake the keeper, the keeper wakes up by itself to look:
 * first after two seconds, then each time after twice as long, up to a minute. When a
 * thread wakes the keeper, this begins again with two seconds.
 */
bool hak_wake_news(struct hak_pressure *pressure, bool may_ask);

/*
 * The keeper calls hak_wake_doze() before it looks for the last time whether it may
 * sleep: from then on hak_wake_keeper() wakes the keeper. hak_wake_sleep() then sleeps
 * for at most `ms`, or until a thread wakes the keeper, or until memory pressure.
 */
void hak_wake_doze(void);
void hak_wake_sleep(uint32_t ms, const struct hak_pressure *pressure);

/*
 * Let the keeper sleep for `ms`, at most two seconds. hak_wake_call() and memory
 * pressure end the sleep earlier; hak_wake_keeper() does not.
 */
void hak_wake_nap(uint32_t ms);
