/* SPDX-License-Identifier: MIT */
/*
 * decide.c - what the keeper does next: a function without side effects.
 *
 * Owns    nothing, so that a test can check every case.
 * Calls   nothing.
 */
#include "front/decide.h"

#include "os/clock.h"

static uint32_t lesser(uint32_t one, uint32_t other)
{
	return one < other ? one : other;
}

bool hak_keeper_must_leave(const struct hak_seen *seen)
{
	return seen->has_to_go || seen->dismissed ||
	       (seen->alone && seen->alone_ms >= HAK_KEEPER_ALONE_MS);
}

/*
 * Does a keeper without work stay? A second thread pins the process's namespaces, and the
 * kernel refuses some calls to a process with several threads. So the keeper ends, but
 * only some seconds after its birth, so that keepers are not created often. If a seccomp
 * filter may be in force, the keeper stays, because the filter may kill the process for
 * the calls at a thread's end.
 */
static bool stays(const struct hak_seen *seen)
{
	return seen->permanent || seen->self != HAK_SELF_FREE || seen->listens;
}

struct hak_decision hak_keeper_decide(enum hak_keeper_state state,
				      const struct hak_seen *seen)
{
	uint32_t ms = seen->work_ms;

	if (hak_keeper_must_leave(seen))
		return (struct hak_decision){ HAK_KEEPER_LEAVE, 0 };
	if (seen->alone)
		ms = lesser(ms, HAK_KEEPER_ALONE_MS);
	if (ms == HAK_NEVER && stays(seen))
		return state == HAK_KEEPER_DOZE
			       ? (struct hak_decision){ HAK_KEEPER_SLEEP,
							seen->watch_ms }
			       : (struct hak_decision){ HAK_KEEPER_DOZE, 0 };
	if (ms == HAK_NEVER) {
		if (seen->age_ms >= HAK_KEEPER_LINGER_MS)
			return (struct hak_decision){ HAK_KEEPER_LEAVE, 0 };
		ms = HAK_KEEPER_LINGER_MS - seen->age_ms;
	}
	return (struct hak_decision){ HAK_KEEPER_NAP,
				      lesser(ms, seen->watch_ms) };
}
