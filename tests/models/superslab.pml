/* SPDX-License-Identifier: MIT */
/*
 * superslab.pml - the states of a superslab: reuse by allocating threads while
 * decommits are in flight, completions in any order or failed, fork at any time,
 * also in a signal handler amid a decommit.
 *
 * A critical section of the span's lock is one step. A decommit drops the lock
 * between marking and completion; one on the caller's own thread is the case
 * that the kernel answers at once. At a fork the child is followed: what the
 * parent does next is what it does without one. With -DBUG_... the model has a
 * known fault which must be found.
 */
#define SUPERSLABS 2
#ifndef ALLOCATORS
#define ALLOCATORS 2
#endif
#define NONE	255
#define DEAD	254	/* holder: a thread that fork did not copy */

mtype = { FRESH, LIVE, EMPTY, INFLIGHT, DECOMMITTED, LAZY };
mtype = { IDLE, SUBMITTED, DONE, DONE_LAZILY, FAILED };

/* Superslab i has the pages 2i and 2i+1: 0, or the number of who wrote it. */
mtype state[SUPERSLABS];
byte page[2 * SUPERSLABS];
mtype ring[SUPERSLABS];
byte holder[SUPERSLABS];	/* for the checks only */
byte running;
byte living;			/* processes of this generation */
byte leaving;			/* of the one before, that fork did not copy */
byte generation;		/* forks so far */

#define zero(i)	(page[2 * (i)] == 0 && page[2 * (i) + 1] == 0)
#define free(i)	(state[i] == FRESH || state[i] == EMPTY || \
		 state[i] == DECOMMITTED || state[i] == LAZY)
#ifdef BUG_REUSE
#define may_lend(i) (free(i) || state[i] == INFLIGHT)
#else
#define may_lend(i) free(i)
#endif

/* The one setter; the drawing is in superslab.h. */
inline set(i, to)
{
#ifndef BUG_REUSE
	assert((state[i] == FRESH && to == LIVE) ||
	       (state[i] == LIVE && (to == EMPTY || to == DECOMMITTED)) ||
	       (state[i] == EMPTY && (to == LIVE || to == INFLIGHT)) ||
	       (state[i] == INFLIGHT &&
		(to == DECOMMITTED || to == LAZY || to == EMPTY)) ||
	       ((state[i] == DECOMMITTED || state[i] == LAZY) && to == LIVE));
#endif
	state[i] = to
}

/* Nothing is under way: every superslab can be had again, or is held. */
inline check(i)
{
	assert(state[i] != INFLIGHT);
	assert((state[i] == LIVE) == (holder[i] == DEAD));
	assert(!(state[i] == DECOMMITTED || state[i] == FRESH) || zero(i))
}

inline leave()
{
	atomic {
		living--;
		running--;
		if
		:: running == 0 -> check(0); check(1)
		:: else
		fi
	}
}

/* ---- The kernel and who asks it ------------------------------------------ */

/* The child starts when all that fork did not copy is out of the way. */
#define BEGIN	{ leaving == 0;
#define END	} unless { atomic { generation != mine -> leaving-- } }

proctype kernel(byte i; byte mine)
{
	BEGIN
	end:	do
		:: ring[i] == SUBMITTED ->
			page[2 * i] = 0;
			page[2 * i + 1] = 0;
			ring[i] = DONE
		/* MADV_FREE: the pages go later, or never. */
		:: ring[i] == SUBMITTED -> ring[i] = DONE_LAZILY
		:: atomic { state[i] == LAZY -> page[2 * i] = 0 }
		:: ring[i] == SUBMITTED -> ring[i] = FAILED
		:: ring[i] == SUBMITTED ->	/* half of it done */
			page[2 * i + 1] = 0;
			ring[i] = FAILED
		od
	END
}

inline reap(i)
{
#ifdef BUG_ANY_COMPLETION
	if
	:: state[0] == INFLIGHT -> set(0, DECOMMITTED)
	:: else
	fi;
	if
	:: state[1] == INFLIGHT -> set(1, DECOMMITTED)
	:: else
	fi;
	ring[i] = IDLE
#else
	if
	:: ring[i] == DONE -> set(i, DECOMMITTED)
#ifdef BUG_LAZY_ZERO
	:: ring[i] == DONE_LAZILY -> set(i, DECOMMITTED)
#else
	:: ring[i] == DONE_LAZILY -> set(i, LAZY)
#endif
#ifdef BUG_FAILED_ZERO
	:: ring[i] == FAILED -> set(i, DECOMMITTED)
#else
	:: ring[i] == FAILED -> set(i, EMPTY)
#endif
	fi;
	ring[i] = IDLE
#endif
}

#define OPTIONS(i) \
	:: atomic { state[i] == EMPTY -> MARK(i) } \
		SUBMIT(i) \
	:: atomic { ring[i] == DONE || ring[i] == DONE_LAZILY || \
		    ring[i] == FAILED -> reap(i) }

#ifdef BUG_SUBMIT_FIRST
#define MARK(i)		ring[i] = SUBMITTED
#define SUBMIT(i)	atomic { state[i] == EMPTY -> set(i, INFLIGHT) }
#else
#define MARK(i)		set(i, INFLIGHT)
#define SUBMIT(i)	ring[i] = SUBMITTED
#endif

/* What threads hold that fork did not copy is nobody's. */
inline bury(i, who)
{
	if
	:: holder[i] != NONE && holder[i] != who -> holder[i] = DEAD
	:: else
	fi
}

/* What the child does in its atfork handler, before anything else. */
inline repair(i, who)
{
	ring[i] = IDLE;		/* the ring is the parent's */
	if
#ifdef BUG_CHILD_COLD
	:: state[i] == INFLIGHT -> set(i, DECOMMITTED)
#endif
#ifndef BUG_CHILD_WAITS
	:: state[i] == INFLIGHT -> set(i, EMPTY)
#endif
	:: else
	fi;
	bury(i, who)
}

/*
 * A signal handler forked in the middle of it: the child has this thread, which
 * goes on with what it has in hand, and sooner or later one that allocates.
 */
inline fork_amid()
{
	bury(0, 3);
	bury(1, 3);
#ifdef BUG_TRIM_REPAIRED
	if
	:: state[0] == INFLIGHT -> set(0, EMPTY)
	:: else
	fi;
#endif
	running = 2;
	leaving = living;
	living = 4;
	run kernel(0, mine + 1);
	run kernel(1, mine + 1);
	run decommitter(mine + 1);
	run allocator(3, NONE, mine + 1);
	generation++
}

/* Who trims: one at a time in a span. */
proctype decommitter(byte mine)
{
	BEGIN
		do
		OPTIONS(0)
		OPTIONS(1)
		:: atomic { generation == 0 -> fork_amid() }
		:: state[0] != INFLIGHT && state[1] != INFLIGHT -> break
		od;
		leave()
	END
}

/* ---- Allocating threads -------------------------------------------------- */

inline lend(i)
{
	clear = (state[i] == FRESH || state[i] == DECOMMITTED);
	set(i, LIVE);
	held = i;
	holder[i] = me
}

/* calloc believes what the state said. */
inline use()
{
	if
	:: clear -> assert(page[2 * held] == 0);
		assert(page[2 * held + 1] == 0);
		clear = false
	:: else
	fi;
	page[2 * held] = me;
	page[2 * held + 1] = me
}

inline give_back(to)
{
	atomic {
		set(held, to);
		holder[held] = NONE;
		held = NONE
	}
}

inline fork()
{
	repair(0, me);
	repair(1, me);
	running = 2;
	leaving = living;
	living = 4;
	run kernel(0, mine + 1);
	run kernel(1, mine + 1);
	run decommitter(mine + 1);
	run allocator(me, held, mine + 1);
	generation++	/* all of the parent's are gone */
}

proctype allocator(byte me; byte held; byte mine)
{
	bool clear;

	BEGIN
		do
		:: atomic { held == NONE && may_lend(0) -> lend(0) }
			use()
		:: atomic { held == NONE && may_lend(1) -> lend(1) }
			use()
		:: held != NONE ->
			assert(page[2 * held] == me);
			assert(page[2 * held + 1] == me);
			give_back(EMPTY)
		/* realloc took the pages away and mapped the place anew. */
		:: held != NONE ->
			page[2 * held] = 0;
			page[2 * held + 1] = 0;
			give_back(DECOMMITTED)
		:: atomic { generation == 0 -> fork() }
		:: held == NONE -> break
		od;
		leave()
	END
}

init {
	atomic {
		state[0] = FRESH;
		state[1] = FRESH;
		ring[0] = IDLE;
		ring[1] = IDLE;
		holder[0] = NONE;
		holder[1] = NONE;
		running = ALLOCATORS + 1;
		living = ALLOCATORS + 3;
		run kernel(0, 0);
		run kernel(1, 0);
		run decommitter(0);
		run allocator(1, NONE, 0);
#if ALLOCATORS > 1
		run allocator(2, NONE, 0)
#endif
	}
}
