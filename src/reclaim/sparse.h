/* SPDX-License-Identifier: MIT */
/*
 * sparse.h - LIVE superslabs that are mostly free give their free units to the kernel.
 *
 * When memory is short, the keeper gives the free units of all sparse superslabs.
 * The units over the budget go after the delay (slack.h). malloc_trim gives the
 * free units at once. The price is the huge page. mend.h brings the huge page back.
 */
#pragma once

#include "os/give.h"

#include <stdbool.h>
#include <stdint.h>

/* Which superslabs give their free units, by the time when they last lent a unit. */
enum hak_sparse_age {
	HAK_SPARSE_ANY, /* all */
	HAK_SPARSE_PAST, /* those that lent no unit while the node lent many units */
	/* those that lent no unit since the mark of a slice, see hak_live_mark() */
	HAK_SPARSE_SLICE,
};

struct hak_sparse_plan {
	enum hak_method method;
	enum hak_sparse_age age;
	unsigned slice; /* with HAK_SPARSE_SLICE: index of the mark */
	unsigned least; /* fewest free units of a superslab that gives */
	uint32_t most;	/* number of units to give, at most */
	bool keepers;	/* the keeper gives, and stops if dismissed */
	bool spares;	/* leave superslabs alone that an observation has found hot */
};

enum { HAK_SPARSE_BUSY = UINT32_MAX };

/*
 * Give units to the kernel as planned, of the emptiest superslabs first. Returns
 * the number of units that went, or HAK_SPARSE_BUSY if another thread is giving.
 */
uint32_t hak_sparse_give(const struct hak_sparse_plan *plan);

/*
 * For the keeper: give units because memory is short. Returns the number of units
 * that went.
 */
uint32_t hak_sparse_give_short(enum hak_method method);

/*
 * For malloc_trim: first wait until no other thread is giving, a second at most.
 * Then give the free units of all sparse superslabs.
 */
uint32_t hak_sparse_trim(enum hak_method method);

/* May the process give free units of LIVE superslabs to the kernel at all? */
bool hak_sparse_possible(void);

/*
 * Are there so many sparse superslabs that the keeper should wait for memory
 * pressure?
 */
bool hak_sparse_worth(void);
