/* SPDX-License-Identifier: MIT */
/*
 * remote.pml - frees by threads that do not own the slab: the remote bitmap,
 * the slab's word {count, FULL, QUEUED}, the owner's queue, parking, adoption.
 *
 * Each numbered step of the real code that other threads can see is one step
 * here. Built with -DBUG_... it has a known fault which must be found.
 */
#ifndef SLABS
#define SLABS	1
#endif
#ifndef ALL
#define ALL	3	/* the bits of all blocks of a slab: one or two */
#endif
#ifndef ADOPTERS
#define ADOPTERS 2	/* threads that take tcaches over */
#endif
#ifndef FREERS
#define FREERS	1	/* threads that only free */
#endif
#define TCACHES	2
#define NONE	2	/* no tcache: a slab is with the node, a thread has none */

/* A slab. The word is three variables that change in one step. */
byte count[SLABS];
bool marked[SLABS];
bool queued[SLABS];
byte bits[SLABS];	/* remote bitmap */

/* The owner's part of a slab. */
byte owner[SLABS];	/* tcache, or NONE */
byte home[SLABS];	/* free blocks the owner can hand out */
byte used[SLABS];
bool listed[SLABS];	/* on the owner's list of slabs worth a look */

/* A tcache and the node. */
byte queue[TCACHES];	/* stack of slabs, as bits: the order is no matter */
byte parked;		/* tcaches on the node's parked list, as bits */

/* What the program holds, and what only the checks know. */
byte out[SLABS];	/* blocks handed out */
byte touching[SLABS];	/* freers that may still touch the slab */
byte running;

#define has(set, n)	(((set) >> (n)) & 1)
#define bit(n)		(1 << (n))
#define low(set)	((set) & (~(set) + 1))
#define mine(s)		(c != NONE && owner[s] == c)

/* ---- The freer ---------------------------------------------------------- */

/* The program frees one block or all it has: a batch as it is gathered. */
inline take_batch()
{
	if
	:: set = low(out[s])
	:: out[s] != low(out[s]) -> set = out[s] - low(out[s])
	:: out[s] == 3 -> set = 3
	fi;
	assert(owner[s] != NONE);
	out[s] = out[s] - set;
	touching[s]++
}

inline free_remote()
{
	/* 1. The blocks' bits: from here on the owner may hand them out. */
	do
	:: set -> atomic {
		assert(!(bits[s] & low(set)));
		bits[s] = bits[s] | low(set);
		set = set - low(set);
		n++
	}
	:: else -> break
	od;
	/* 2. The word; who clears FULL has the duty to queue the slab. */
	atomic {
		count[s] = count[s] + n;
		duty = marked[s];
		queued[s] = queued[s] | marked[s];
		marked[s] = false;
		n = 0;
		if
		:: duty -> skip
#ifndef BUG_TOUCH
		:: else -> touching[s]--
#else
		:: else -> skip
#endif
		fi
	}
	if
	:: duty -> atomic {
#ifndef BUG_DUTY
		assert(owner[s] != NONE);
		assert(!has(queue[owner[s]], s));
		queue[owner[s]] = queue[owner[s]] | bit(s);
#endif
		touching[s]--;
		duty = false
	}
#ifdef BUG_TOUCH
	:: else -> touching[s]--
#else
	:: else
#endif
	fi;
	s = 0
}

/* ---- The owner: c is its tcache ------------------------------------------ */

inline list(s)
{
	assert(!listed[s]);
	listed[s] = true
}

/* The count first: whatever it counts has its bit set already. */
inline collect(s)
{
#ifdef BUG_ORDER
	atomic {
		home[s] = home[s] | bits[s];
		bits[s] = 0
	}
	atomic {
		used[s] = used[s] - count[s];
		count[s] = 0
	}
#else
	n = count[s];
#ifndef BUG_COUNT_KEPT
	count[s] = count[s] - n;
#endif
	atomic {
		assert(!(home[s] & bits[s]));
#ifdef BUG_USED_BY_BITS
		n = (bits[s] & 1) + (bits[s] >> 1);
#endif
		home[s] = home[s] | bits[s];
#ifndef BUG_BITS_KEPT
		bits[s] = 0;
#endif
		assert(used[s] >= n);
		used[s] = used[s] - n;
		n = 0
	}
#endif
}

inline allocate()
{
	set = low(home[s]);
	assert(!(out[s] & set));
	home[s] = home[s] - set;
	out[s] = out[s] | set;
	used[s]++;
	set = 0;
	s = 0
}

/*
 * The owner asks to be told of the next block; true if it will be. A slab may
 * be watched and listed at once: its owner is parked, or was.
 */
#ifdef BUG_WATCH_COUNT
#define must_collect(s)	false
#else
#define must_collect(s)	(count[s] && !queued[s])
#endif

inline watch(s)
{
#ifdef BUG_WATCH_QUEUED
	marked[s] = true;
	queued[s] = false
#else
	marked[s] = !queued[s]
#endif
}

/* A listed slab without blocks: collect, or watch and forget it. */
inline look_again()
{
	collect(s);
	if
	:: home[s]
	:: else -> atomic {
		if
		:: must_collect(s)
		:: else -> watch(s);
			listed[s] = false
		fi
	}
	fi;
	s = 0
}

inline take_queue()
{
	atomic {
		taken = queue[c];
		queue[c] = 0
	}
}

inline dequeue()
{
	atomic {
		s = (has(taken, 0) -> 0 : 1);
		taken = taken - bit(s);
		assert(owner[s] == c && queued[s]);
		queued[s] = false
	}
	collect(s);
#ifdef BUG_LIST_TWICE
	list(s)
#else
	if
	:: listed[s]
	:: else -> list(s)
	fi
#endif
}

inline drain()
{
	take_queue();
	do
	:: taken -> dequeue()
	:: else -> break
	od;
	s = 0
}

/* Slab s will call from now on, or it goes home. */
inline leave()
{
#ifndef BUG_LEAVE
	do
	:: atomic { must_collect(s) -> skip } collect(s)
	:: atomic { !must_collect(s) -> watch(s); break }
	od;
#endif
	if
	:: used[s] -> s = 0
	:: else -> give_back()
	fi
}

/* For a parked tcache: what its queue brings is all there is to look at. */
inline drain_to_leave()
{
	take_queue();
	do
	:: taken -> dequeue(); leave()
	:: else -> break
	od;
	s = 0
}

inline put()
{
	set = low(out[s]);
	out[s] = out[s] - set;
	assert(!(home[s] & set));
	home[s] = home[s] | set;
	set = 0;
	assert(used[s]);
	used[s]--
}

/* Behind put(): a slab that was off the list comes back to it. */
inline regain()
{
	if
	:: listed[s]
	:: else -> atomic {
		if
#ifndef BUG_REGAIN
		:: marked[s] -> marked[s] = false; list(s)
#else
		:: marked[s] -> marked[s] = false
#endif
		:: else -> assert(queued[s])	/* the queue brings it */
		fi
	}
	fi;
	s = 0
}

/* Slabs go home empty; a queued one only after its owner has drained it. */
inline give_back()
{
	if
#ifndef BUG_RETURN_QUEUED
	:: queued[s]
#endif
	:: else -> atomic {
		assert(!touching[s] && !out[s]);
		assert(home[s] == ALL && !bits[s] && !count[s]);
		assert(!has(queue[0], s) && !has(queue[1], s));
		assert(listed[s]);
		owner[s] = NONE;
		listed[s] = false;
		marked[s] = false;
		queued[s] = false;
		home[s] = 0
	}
	fi;
	s = 0
}

/* Under the node's lock, so one step each. */
inline borrow()
{
	owner[s] = c;
	home[s] = ALL;
	used[s] = 0;
	listed[s] = true;
	s = 0
}

inline adopt()
{
	c = n;
#ifndef BUG_ADOPT
	parked = parked - bit(n);
#endif
	n = 0
}

inline park()
{
	atomic {
		parked = parked | bit(c);
		c = NONE
	}
}

/* What a thread may do with slab i at any time. */
#define OPTIONS(i) \
	:: atomic { out[i] && owner[i] != c -> s = i; take_batch() } \
		free_remote() \
	:: atomic { mine(i) && listed[i] && home[i] -> s = i; allocate() } \
	:: atomic { mine(i) && listed[i] && !home[i] -> s = i } look_again() \
	:: atomic { mine(i) && out[i] -> s = i; put() } regain() \
	:: atomic { mine(i) && !used[i] -> s = i } give_back() \
	:: atomic { c != NONE && owner[i] == NONE -> s = i; borrow() }

#define LEAVE(i) \
	if \
	:: atomic { mine(i) && listed[i] -> s = i } leave() \
	:: !(mine(i) && listed[i]) \
	fi

proctype thread(bool adopter)
{
	byte c = NONE;
	byte s, n, set, taken;
	bool duty;

	do
	:: atomic { adopter && c == NONE && has(parked, 0) -> n = 0; adopt() }
	:: atomic { adopter && c == NONE && has(parked, 1) -> n = 1; adopt() }
	OPTIONS(0)
#if SLABS > 1
	OPTIONS(1)
#endif
	:: c != NONE && queue[c] -> drain()
	/* A death. */
	:: c != NONE ->
		drain_to_leave();
		LEAVE(0);
#if SLABS > 1
		LEAVE(1);
#endif
		park()
	/* Anybody looks after the parked, when there is something to do. */
	:: atomic { c == NONE && has(parked, 0) && queue[0] -> n = 0; adopt() }
		drain_to_leave();
		park()
	:: atomic { c == NONE && has(parked, 1) && queue[1] -> n = 1; adopt() }
		drain_to_leave();
		park()
	:: c == NONE -> break
	od;
	running--
}

/* When nothing is under way every block and every slab can be found. */
inline check(s)
{
	assert(!touching[s]);
	if
	:: owner[s] == NONE
	:: else ->
		assert((home[s] | bits[s] | out[s]) == ALL);
		assert(!(home[s] & bits[s]) && !(home[s] & out[s]));
		assert(!(bits[s] & out[s]));
		assert(used[s] == (out[s] & 1) + (out[s] >> 1) + count[s]);
		assert(queued[s] == has(queue[owner[s]], s));
		assert(!(marked[s] && queued[s]));
		assert(!marked[s] || !count[s]);
		assert(listed[s] || out[s] == ALL || queued[s]);
		/* Its tcache is parked: it will call, or there is no need. */
		assert(has(parked, owner[s]));
		assert(marked[s] || queued[s]);
		assert(used[s] || queued[s])
	fi
}

init {
	atomic {
		owner[0] = NONE;
#if SLABS > 1
		owner[1] = NONE;
#endif
		parked = 3;
		running = ADOPTERS + FREERS;
		byte i = 0;
		do
		:: i < ADOPTERS -> run thread(true); i++
		:: i >= ADOPTERS && i < ADOPTERS + FREERS ->
			run thread(false); i++
		:: else -> break
		od
	}
	running == 0;
	atomic {
		check(0);
#if SLABS > 1
		check(1)
#endif
	}
}
