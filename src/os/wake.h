/* SPDX-License-Identifier: MIT */
/*
 * wake.h - how a thread calls the keeper, and whether there is one.
 *
 * The keeper sleeps on a word that a child process finds wiped (kin.h): there it
 * reads as nobody, whichever way it was forked.
 */
#pragma once

#include "os/pressure.h"
#include "base/atomic.h"
#include "base/compiler.h"
#include "base/todo.h"

#include <stdbool.h>
#include <stdint.h>

/* There was something for a keeper to do, and none to hear it. */
static inline bool hak_wake_wanted(void)
{
	return hak_read_once(&hak_todo) & HAK_TODO_KEEPER;
}

static inline void hak_wake_want(void)
{
	if (!hak_wake_wanted())
		hak_todo_add(HAK_TODO_KEEPER);
}

/* False if nobody hears it. One system call, and only if the keeper sleeps. */
bool hak_wake_ring(void);

/* The same, and it wakes up whatever it sleeps for. */
bool hak_wake_call(void);

/* Is there a keeper, or one being born, that is not to end? */
bool hak_wake_answered(void);

/* Is there a keeper that is about to be gone, so that another may be made soon? */
bool hak_wake_ends(void);

/*
 * Of who makes the keeper: one at a time is let in, and none before the last one
 * is gone. `to_stay`: also where there is one thread. Out again, if none is made.
 */
bool hak_wake_enter(bool to_stay);
void hak_wake_back_out(void);

/* The keeper's, at its birth: false if nobody could tell when it is gone; it goes. */
bool hak_wake_begin(void);

enum hak_wake_left {
	HAK_WAKE_STAYS,	     /* somebody rang meanwhile: it has to look again */
	HAK_WAKE_LEFT,	     /* who dismissed the keeper does what is left */
	HAK_WAKE_LEFT_ALONE, /* the keeper does, since nobody waits for it */
};

/* The keeper's, when it has nothing left to do, or was dismissed. */
enum hak_wake_left hak_wake_leave(void);

/* In a fork child: there is none. */
void hak_wake_forget(void);

/* Is the keeper to end? It gives back a little at a time, and looks in between. */
bool hak_wake_dismissed(void);

enum hak_wake_end {
	HAK_WAKE_NOBODY, /* there was none, or one that is to stay */
	HAK_WAKE_GONE,	 /* it is gone or about to be: who asked does its work */
	HAK_WAKE_LATE,	 /* it will be, and do what it was rung for */
};

/*
 * Of a thread that ends and leaves one, which must not see a second; or none: then
 * the process is to end with this one, and it waits for as long as it takes. Five
 * milliseconds at most otherwise. With no lock held.
 */
enum hak_wake_end hak_wake_dismiss(bool last);

/* Has somebody rung since it was asked last? */
bool hak_wake_heard(void);

/*
 * Is there news of pressure? The kernel is asked to wake the keeper for the next, by
 * the word that it sleeps on; `may_ask`: by calls that a filter may forbid. Where it
 * cannot, the keeper looks, and wakes up for that: after two seconds, then after
 * twice as long each time, up to a minute, until it is rung for again.
 */
bool hak_wake_news(struct hak_pressure *pressure, bool may_ask);

/*
 * Before it looks whether it may sleep: what rings from now on wakes it. Asleep
 * then for so many milliseconds at most, or until there is news.
 */
void hak_wake_doze(void);
void hak_wake_sleep(uint32_t ms, const struct hak_pressure *pressure);

/* Asleep for so many milliseconds, two seconds at most, unless called or news. */
void hak_wake_nap(uint32_t ms);
