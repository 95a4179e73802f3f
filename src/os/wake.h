/* SPDX-License-Identifier: MIT */
/*
 * wake.h - how a thread calls the keeper, and whether there is a keeper.
 *
 * The keeper sleeps on a word that a child process finds wiped (kin.h). In a
 * child the word reads "no keeper", whatever call forked the child.
 */
#pragma once

#include "os/pressure.h"
#include "base/atomic.h"
#include "base/compiler.h"
#include "base/todo.h"

#include <stdbool.h>
#include <stdint.h>

/* Was there work for a keeper, and no keeper to do the work? */
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
 * Ask the keeper to look for work. False if there is no keeper. Makes one
 * system call if the keeper sleeps, and otherwise none.
 */
bool hak_wake_keeper(void);

/* The same, and also wake a keeper that naps. */
bool hak_wake_call(void);

/*
 * Is there a keeper? True also while a thread makes the keeper; false once a thread has
 * asked the keeper to end.
 */
bool hak_wake_answered(void);

/* Will the keeper soon be gone, so that a thread may make another keeper? */
bool hak_wake_ends(void);

/*
 * For a thread that makes a keeper. hak_wake_enter() admits one thread at a
 * time, and only after the last keeper is gone. With `to_stay` the keeper stays
 * even if there is only one thread. If the thread then makes no keeper, the
 * thread calls hak_wake_back_out().
 */
bool hak_wake_enter(bool to_stay);
void hak_wake_back_out(void);

/*
 * Call this when the keeper begins. False if the kernel would not report when
 * the keeper is gone; then the keeper must end.
 */
bool hak_wake_begin(void);

enum hak_wake_left {
	HAK_WAKE_STAYS, /* a thread asked meanwhile: the keeper looks for work again */
	HAK_WAKE_LEFT, /* the thread that dismissed the keeper does the rest */
	HAK_WAKE_LEFT_ALONE, /* no thread waits: the keeper does the rest */
};

/* The keeper calls this when dismissed, or when no work is left. */
enum hak_wake_left hak_wake_leave(void);

/* In a fork child: there is no keeper. */
void hak_wake_forget(void);

/*
 * Must the keeper end? The keeper gives memory back in small parts, and asks
 * between two parts.
 */
bool hak_wake_dismissed(void);

enum hak_wake_end {
	HAK_WAKE_NOBODY, /* no keeper, or a keeper that is to stay */
	HAK_WAKE_GONE,	 /* gone, or about to be: the caller does the work */
	HAK_WAKE_LATE,	 /* not gone in time: the keeper does the work */
};

/*
 * For a thread that ends. If one thread remains, this thread must not see the
 * keeper as a second thread. So wait for the keeper's end, but at most five
 * milliseconds. If no thread remains (`last`), the process has to end with the
 * keeper, so wait as long as necessary. Call this with no lock held.
 */
enum hak_wake_end hak_wake_dismiss(bool last);

/* Did a thread ask since the last call? */
bool hak_wake_heard(void);

/*
 * Is there news of memory pressure? The function also asks the kernel to wake
 * the keeper at the next news, through the word on which the keeper sleeps.
 * `may_ask` allows system calls that a filter may forbid. If the kernel cannot
 * wake the keeper, the keeper wakes up by itself to look: first after two
 * seconds, then each time after twice as long, up to a minute, until a thread
 * asks again.
 */
bool hak_wake_news(struct hak_pressure *pressure, bool may_ask);

/*
 * Call hak_wake_doze() before the keeper looks whether it may sleep: from then
 * on hak_wake_keeper() wakes the keeper. hak_wake_sleep() sleeps for at most `ms`, or
 * until there is news.
 */
void hak_wake_doze(void);
void hak_wake_sleep(uint32_t ms, const struct hak_pressure *pressure);

/*
 * Sleep for `ms`, at most two seconds. hak_wake_call() and news end the sleep
 * earlier, hak_wake_keeper() does not.
 */
void hak_wake_nap(uint32_t ms);
