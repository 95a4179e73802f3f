/* SPDX-License-Identifier: MIT */
/*
 * decide.c - what the keeper does next, case by case.
 */
#include "front/decide.h"

#include "unit/unit.h"

#include "os/clock.h"

#define NAP   HAK_KEEPER_NAP
#define DOZE  HAK_KEEPER_DOZE
#define SLEEP HAK_KEEPER_SLEEP
#define LEAVE HAK_KEEPER_LEAVE
#define NEVER HAK_NEVER

enum {
	OLD = 60000, /* age of a keeper that need not stay */
	WATCH = 300000,
};

struct row {
	const char *name;
	enum hak_keeper_state state;
	uint32_t work_ms, watch_ms, age_ms;
	struct hak_seen seen; /* the rest */
	struct hak_decision next;
};

static const struct row rows[] = {
	/* Work to come */
	{ "naps until the next work", NAP, 20, WATCH, OLD, { 0 }, { NAP, 20 } },
	{ "naps from a doze, too", DOZE, 20, WATCH, OLD, { 0 }, { NAP, 20 } },
	{ "wakes for the watcher, if sooner",
	  NAP, 2000, 16, OLD, { 0 }, { NAP, 16 } },
	{ "naps again if rung while leaving",
	  LEAVE, 1, WATCH, OLD, { 0 }, { NAP, 1 } },
	/* No work, and a reason to stay */
	{ "permanent: dozes first",
	  NAP, NEVER, WATCH, OLD, { .permanent = true }, { DOZE, 0 } },
	{ "permanent: dozes after a sleep",
	  SLEEP, NEVER, WATCH, OLD, { .permanent = true }, { DOZE, 0 } },
	{ "permanent: then sleeps",
	  DOZE, NEVER, WATCH, OLD, { .permanent = true }, { SLEEP, WATCH } },
	{ "sleeps until the watcher is due",
	  DOZE, NEVER, 1000, OLD, { .permanent = true }, { SLEEP, 1000 } },
	{ "filtered: sleeps",
	  DOZE, NEVER, WATCH, OLD, { .self = HAK_SELF_FILTERED },
	  { SLEEP, WATCH } },
	{ "without /proc: sleeps",
	  DOZE, NEVER, WATCH, OLD, { .self = HAK_SELF_UNSEEN },
	  { SLEEP, WATCH } },
	{ "without a table: sleeps",
	  DOZE, NEVER, WATCH, OLD, { .self = HAK_SELF_SHARED },
	  { SLEEP, WATCH } },
	{ "listens for pressure: sleeps",
	  DOZE, NEVER, WATCH, OLD, { .listens = true }, { SLEEP, WATCH } },
	/* No work, and no reason to stay */
	{ "old and idle: leaves", NAP, NEVER, WATCH, OLD, { 0 }, { LEAVE, 0 } },
	{ "leaves from a doze, too",
	  DOZE, NEVER, WATCH, OLD, { 0 }, { LEAVE, 0 } },
	{ "leaves at the age of three seconds",
	  NAP, NEVER, WATCH, 3000, { 0 }, { LEAVE, 0 } },
	{ "young and idle: naps until old",
	  NAP, NEVER, WATCH, 1000, { 0 }, { NAP, 2000 } },
	{ "young, with a watcher",
	  NAP, NEVER, 1000, 1000, { 0 }, { NAP, 1000 } },
	/* The program's threads have ended */
	{ "just alone: waits",
	  NAP, NEVER, WATCH, OLD, { .alone = true }, { NAP, 500 } },
	{ "just alone and permanent: waits",
	  DOZE, NEVER, WATCH, OLD, { .alone = true, .permanent = true },
	  { NAP, 500 } },
	{ "just alone, work sooner",
	  NAP, 20, WATCH, OLD, { .alone = true, .alone_ms = 499 },
	  { NAP, 20 } },
	{ "alone for long: leaves",
	  NAP, 20, WATCH, OLD, { .alone = true, .alone_ms = 500 },
	  { LEAVE, 0 } },
	{ "not alone any more: stays",
	  NAP, 20, WATCH, OLD, { .alone_ms = 5000 }, { NAP, 20 } },
	{ "alone under a filter: leaves",
	  DOZE, NEVER, WATCH, OLD,
	  { .alone = true, .alone_ms = 600, .self = HAK_SELF_FILTERED },
	  { LEAVE, 0 } },
	/* Orders */
	{ "dismissed: leaves its work",
	  NAP, 1, WATCH, OLD, { .dismissed = true }, { LEAVE, 0 } },
	{ "dismissed, permanent, young: leaves",
	  SLEEP, NEVER, WATCH, 0, { .dismissed = true, .permanent = true },
	  { LEAVE, 0 } },
	{ "has to go: leaves",
	  DOZE, 1, WATCH, OLD, { .has_to_go = true, .self = HAK_SELF_FILTERED },
	  { LEAVE, 0 } },
};

int main(void)
{
	const struct row *row;
	struct hak_decision next;
	struct hak_seen seen;

	for (row = rows; row < rows + sizeof(rows) / sizeof(*rows); row++) {
		seen = row->seen;
		seen.work_ms = row->work_ms;
		seen.watch_ms = row->watch_ms;
		seen.age_ms = row->age_ms;
		next = hak_keeper_decide(row->state, &seen);
		unit_expect(next.state == row->next.state);
		unit_expect(next.ms == row->next.ms);
		unit_expect(next.state == LEAVE ||
			    !hak_keeper_must_leave(&seen));
		unit_result(row->name);
	}
	return ksft_finished();
}
