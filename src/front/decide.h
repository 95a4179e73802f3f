/* SPDX-License-Identifier: MIT */
/*
 * decide.h - what the keeper does next: a function without side effects.
 *
 * The keeper works in rounds: a round looks for work, and does the work. After a round
 * the keeper naps if there will be work later, and leaves if no keeper is needed. Without
 * work the keeper first dozes: it does one more round, and only then sleeps. If a thread
 * wakes the keeper after the beginning of the doze, the keeper does not fall asleep, so
 * no work is lost.
 */
#pragma once

#include "os/self.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	/* A keeper without work ends at this age or later, but not earlier. */
	HAK_KEEPER_LINGER_MS = 3000,
	/* The keeper ends if hak_seen.alone has been true for this time. */
	HAK_KEEPER_ALONE_MS = 500,
};

enum hak_keeper_state {
	HAK_KEEPER_NAP,	  /* work comes later: wait, then do a round */
	HAK_KEEPER_DOZE,  /* no work: do one more round without waiting */
	HAK_KEEPER_SLEEP, /* still no work: sleep until a thread wakes the keeper */
	HAK_KEEPER_LEAVE, /* no keeper is needed: the keeper's thread ends */
};

/* What the keeper has found in a round. Times are in milliseconds. */
struct hak_seen {
	enum hak_self self; /* which system calls are safe for the keeper */
	bool permanent;	    /* the options demand a keeper at all times */
	bool has_to_go;	    /* the keeper must end, even with work left */
	bool dismissed;	    /* a thread ends, and waits for the keeper's end */
	bool alone;	    /* so few threads are left that none needs a keeper */
	bool listens;	    /* if memory became short, the keeper would have work */
	uint32_t alone_ms;  /* time for which `alone` has been true */
	uint32_t age_ms;    /* time since the keeper's birth */
	uint32_t work_ms;   /* time until there may be work, or HAK_NEVER */
	uint32_t watch_ms;  /* time until the next check of watcher and threads */
};

struct hak_decision {
	enum hak_keeper_state state;
	uint32_t ms; /* the longest time for which the keeper naps or sleeps */
};

/* Does the keeper have to end, even with work left? */
bool hak_keeper_must_leave(const struct hak_seen *seen);

/* Decide what the keeper does after a round. `state` is the decision before the round. */
struct hak_decision hak_keeper_decide(enum hak_keeper_state state,
				      const struct hak_seen *seen);
