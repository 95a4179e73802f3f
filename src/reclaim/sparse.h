/* SPDX-License-Identifier: MIT */
/*
 * sparse.h - LIVE superslabs that are mostly free give their free units.
 *
 * When memory is short, the keeper gives the free units of all sparse superslabs.
 * The units over the budget go after the delay (slack.h). malloc_trim gives the
 * free units at once. The price is the huge page. mend.h brings the huge page back.
 */
#pragma once

#include "os/give.h"

#include <stdbool.h>
#include <stdint.h>

/* Take units from superslabs chosen by the time of the last lending there. */
enum hak_sparse_age {
	HAK_SPARSE_ANY,
	HAK_SPARSE_PAST, /* not since the node lent many other units */
	HAK_SPARSE_SLICE, /* not since the mark of a slice, see hak_live_mark() */
};

struct hak_sparse_plan {
	enum hak_method method;
	enum hak_sparse_age age;
	unsigned slice; /* for HAK_SPARSE_SLICE */
	unsigned least; /* free units of a superslab that gives */
	uint32_t most;	/* units to give */
	bool keepers;	/* the keeper gives, and may be dismissed */
	bool spares;	/* leave superslabs alone if observed to be hot */
};

enum { HAK_SPARSE_BUSY = UINT32_MAX };

/*
 * Give as planned, emptiest superslabs first. Returns the number of units that
 * went, or HAK_SPARSE_BUSY if another thread is giving.
 */
uint32_t hak_sparse_give(const struct hak_sparse_plan *plan);

/* For the keeper: memory is short. */
uint32_t hak_sparse_give_short(enum hak_method method);

/* For malloc_trim: wait for another thread that is giving, a second at most. */
uint32_t hak_sparse_trim(enum hak_method method);

/* May free units go at all? */
bool hak_sparse_possible(void);

/* Would sparse superslabs give enough to justify waiting for a shortage? */
bool hak_sparse_worth(void);
