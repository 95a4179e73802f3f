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

/* There was work for a keeper, but no keeper to hear the call. */
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
 * Ask the keeper to look for work. False if there is no keeper to hear. Makes
 * one system call, and only if the keeper sleeps.
 */
bool hak_wake_ring(void);

/* The same, and wake the keeper from any sleep. */
bool hak_wake_call(void);

/* Is there a keeper, or one being born, without an order to end? */
bool hak_wake_answered(void);

/* Is the keeper about to be gone, so that another may be made soon? */
bool hak_wake_ends(void);

/*
 * For the maker of a keeper: lets one thread in at a time, and only after the
 * last keeper is gone. `to_stay`: the keeper stays even if there is only one
 * thread. hak_wake_back_out() takes the entry back if no keeper is made.
 */
bool hak_wake_enter(bool to_stay);
void hak_wake_back_out(void);

/*
 * For the keeper, at birth: false if nobody could tell when the keeper is gone;
 * then the keeper must end.
 */
bool hak_wake_begin(void);

enum hak_wake_left {
	HAK_WAKE_STAYS,	     /* a thread rang meanwhile: look again */
	HAK_WAKE_LEFT,	     /* the dismissing thread does the rest */
	HAK_WAKE_LEFT_ALONE, /* the keeper does the rest: nobody waits */
};

/* For the keeper, when dismissed, or when no work is left. */
enum hak_wake_left hak_wake_leave(void);

/* In a fork child: there is no keeper. */
void hak_wake_forget(void);

/*
 * Must the keeper end? The keeper gives back a little at a time, and asks in
 * between.
 */
bool hak_wake_dismissed(void);

enum hak_wake_end {
	HAK_WAKE_NOBODY, /* no keeper, or a keeper that is to stay */
	HAK_WAKE_GONE,	 /* gone, or about to be: the caller does the work */
	HAK_WAKE_LATE,	 /* not gone yet: the keeper does the work */
};

/*
 * For a thread that ends. If one thread remains, it must not see the keeper as a
 * second thread: wait for the keeper's end, but at most five milliseconds. If
 * none remains (`last`), the process is to end with the keeper: wait as long as
 * necessary. Call this with no lock held.
 */
enum hak_wake_end hak_wake_dismiss(bool last);

/* Did a thread ring since the last question? */
bool hak_wake_heard(void);

/*
 * Is there news of pressure? The function asks the kernel to wake the keeper at
 * the next news, by the word on which the keeper sleeps. `may_ask` allows calls
 * that a filter may forbid. If the kernel cannot wake the keeper, the keeper
 * wakes up to look: after two seconds, then each time after twice as long, up to
 * a minute, until a thread rings again.
 */
bool hak_wake_news(struct hak_pressure *pressure, bool may_ask);

/*
 * Call hak_wake_doze() before looking whether the keeper may sleep: a ring from
 * then on wakes the keeper. hak_wake_sleep() sleeps for at most `ms`, or until
 * there is news.
 */
void hak_wake_doze(void);
void hak_wake_sleep(uint32_t ms, const struct hak_pressure *pressure);

/* Sleep for `ms`, two seconds at most, or until a call or news. */
void hak_wake_nap(uint32_t ms);
