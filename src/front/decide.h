/* SPDX-License-Identifier: MIT */
/*
 * decide.h - what the keeper does next: a function without side effects.
 *
 * The keeper works in rounds: a round looks for work, and does the work. After
 * a round the keeper naps if there will be work later, and leaves if no keeper
 * is needed. Without work the keeper first dozes: it does one more round, and
 * only then sleeps. If a thread asks after the beginning of the doze, the keeper
 * wakes, so no work is lost.
 */
#pragma once

#include "os/self.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	HAK_KEEPER_LINGER_MS = 3000, /* least age of a keeper that ends idle */
	HAK_KEEPER_ALONE_MS = 500,   /* until a keeper without threads ends */
};

enum hak_keeper_state {
	HAK_KEEPER_NAP,	  /* work comes later: wait, look again */
	HAK_KEEPER_DOZE,  /* no work: look once more */
	HAK_KEEPER_SLEEP, /* no work: sleep until a thread rings */
	HAK_KEEPER_LEAVE, /* end */
};

/* The keeper's findings in a round. */
struct hak_seen {
	enum hak_self self; /* which calls are safe */
	bool permanent;	    /* the options demand a keeper at all times */
	bool has_to_go;	    /* the keeper must end, even with work left */
	bool dismissed;	    /* a thread ends, and waits for the keeper's end */
	bool alone;	    /* the program's threads have ended */
	bool listens;	    /* a shortage of memory would be work */
	uint32_t alone_ms;  /* since the program's threads have ended */
	uint32_t age_ms;    /* time since birth */
	uint32_t work_ms;   /* until the next possible work, or HAK_NEVER */
	uint32_t watch_ms;  /* until the next check of watcher and threads */
};

struct hak_decision {
	enum hak_keeper_state state;
	uint32_t ms; /* longest NAP or SLEEP */
};

/* Does the keeper have to end, with or without work? */
bool hak_keeper_must_leave(const struct hak_seen *seen);

/* The decision after a round in this state. */
struct hak_decision hak_keeper_decide(enum hak_keeper_state state,
				      const struct hak_seen *seen);
