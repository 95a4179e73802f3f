/* SPDX-License-Identifier: MIT */
/*
 * decide.h - what the keeper does next: a function without side effects.
 *
 * The keeper goes rounds. A round looks for work, and does the work. After a round the
 * keeper naps if work will come, and leaves if nobody needs a keeper. Without work the
 * keeper dozes, goes one round more, and then sleeps: from the doze on a ring wakes the
 * keeper, so no ring is missed.
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
	HAK_KEEPER_NAP,	  /* work will come: wait, and look */
	HAK_KEEPER_DOZE,  /* no work: look once more */
	HAK_KEEPER_SLEEP, /* no work: sleep until a thread rings */
	HAK_KEEPER_LEAVE, /* end */
};

/* What the keeper saw in a round. */
struct hak_seen {
	enum hak_self self; /* which calls are safe */
	bool permanent;	    /* the options demand a keeper at all times */
	bool has_to_go;	    /* the keeper cannot work on, even with work left */
	bool dismissed;	    /* a thread ends, and waits for the keeper's end */
	bool alone;	    /* the program's threads have ended */
	bool listens;	    /* a shortage of memory would be work */
	uint32_t alone_ms;  /* for so long */
	uint32_t age_ms;    /* time since birth */
	uint32_t work_ms;   /* until the next possible work, or HAK_NEVER */
	uint32_t
		watch_ms; /* until the next look at the watcher, and at threads */
};

struct hak_decision {
	enum hak_keeper_state state;
	uint32_t ms; /* longest NAP or SLEEP */
};

/* Does the keeper have to end, whatever work there is? */
bool hak_keeper_must_leave(const struct hak_seen *seen);

/* What comes after a round in this state? */
struct hak_decision hak_keeper_decide(enum hak_keeper_state state,
				      const struct hak_seen *seen);
