/* SPDX-License-Identifier: MIT */
/*
 * bell.c - how a thread calls the keeper, and whether there is one.
 *
 * Owns    the keeper's futex word: a state, and a byte that the kernel may make 0.
 * Calls   os/map.h, os/ring.h, os/pressure.h, futex(2).
 * Called by  decommit.c, slab.c, cache/thread.c, front/keeper.c.
 */
#include "bell.h"

#include "decommit.h"
#include "window.h"

#include "map.h"
#include "ring.h"

#include "arch.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>

enum {
	NOBODY,
	AWAKE,
	RUNG,
	ASLEEP,
	STATE = 0xff,	    /* what of the word has these */
	LISTENS = 1 << 24,  /* the kernel is to make it 0 if there is news */
	LISTENS_BYTE = 3,   /* where that is */
	LOOK_MS = 2000,	    /* from one look to the next, at first */
	LOOK_MS_MAX = 64000 /* where it cannot be told */
};

_Atomic bool hak_bell_wanted;

static _Atomic uint32_t here; /* as long as there is no page for it */
static _Atomic(_Atomic uint32_t *) word = &here;

/* The keeper's */
static bool listens; /* the word has that bit, unless there is news */
static bool deaf;    /* the kernel cannot tell: it has to look */
static uint32_t look_ms;

static _Atomic uint32_t *state(void)
{
	/* pairs with move() */
	return atomic_load_explicit(&word, memory_order_acquire);
}

static void futex(_Atomic uint32_t *at, int op, uint32_t value,
		  const struct timespec *timeout)
{
	arch_syscall(SYS_futex, (long)at, op, value, (long)timeout, 0, 0);
}

bool hak_bell_answered(void)
{
	return (atomic_load_explicit(state(), memory_order_relaxed) & STATE) !=
	       NOBODY;
}

/* From one state to another, if it is in that; what it was in. */
static uint32_t change(_Atomic uint32_t *at, uint32_t from, uint32_t to)
{
	uint32_t seen = atomic_load_explicit(at, memory_order_relaxed);

	/* What the keeper is called for it sees under locks that it takes. */
	while ((seen & STATE) == from &&
	       !atomic_compare_exchange_weak_explicit(
		       at, &seen, (seen & ~(uint32_t)STATE) | to,
		       memory_order_relaxed, memory_order_relaxed))
		;
	return seen & STATE;
}

bool hak_bell_ring(void)
{
	_Atomic uint32_t *at = state();
	uint32_t seen = atomic_load_explicit(at, memory_order_relaxed) & STATE;
	uint32_t was;

	/* A keeper that is awake is to know it before it sleeps. */
	while (seen == AWAKE || seen == ASLEEP) {
		was = change(at, seen, RUNG);
		if (was == seen && was == ASLEEP)
			futex(at, FUTEX_WAKE_PRIVATE, INT32_MAX, NULL);
		if (was == seen)
			return true;
		seen = was;
	}
	return seen != NOBODY;
}

bool hak_bell_call(void)
{
	bool heard = hak_bell_ring();

	if (heard)
		futex(state(), FUTEX_WAKE_PRIVATE, INT32_MAX, NULL);
	return heard;
}

/* To a page that is wiped in a child. Without one the handlers of fork() do. */
static void move(void)
{
	size_t bytes = hak_window.page;
	void *page;

	if (hak_map_new(bytes, &page))
		return;
	if (hak_map_wiped_in_child(page, bytes))
		hak_unmap(page, bytes);
	else /* pairs with state() */
		atomic_store_explicit(&word, page, memory_order_release);
}

bool hak_bell_enter(void)
{
	static _Atomic bool moving, moved;
	uint32_t nobody = NOBODY;

	if (!atomic_exchange_explicit(&moving, true, memory_order_relaxed)) {
		move();
		/* pairs with the load below */
		atomic_store_explicit(&moved, true, memory_order_release);
	}
	/* pairs with the store above: nobody enters by the old word then */
	if (!atomic_load_explicit(&moved, memory_order_acquire))
		return false;
	/* pairs with hak_bell_leave() */
	if (!atomic_compare_exchange_strong_explicit(state(), &nobody, AWAKE,
						     memory_order_acquire,
						     memory_order_relaxed))
		return false;
	listens = false;
	deaf = false;
	look_ms = LOOK_MS;
	return true;
}

void hak_bell_leave(void)
{
	/* pairs with hak_bell_enter(): what the keeper owned is the next one's */
	atomic_store_explicit(state(), NOBODY, memory_order_release);
}

bool hak_bell_heard(void)
{
	return change(state(), RUNG, AWAKE) == RUNG;
}

void hak_bell_doze(void)
{
	change(state(), AWAKE, ASLEEP);
}

/* ---- The keeper's sleep -------------------------------------------------- */

static struct timespec timeout(uint32_t ms)
{
	return (struct timespec){ ms / 1000, ms % 1000 * 1000000L };
}

/* What the word is while it has that state, and the kernel has told of nothing. */
static uint32_t quiet(uint32_t now)
{
	return listens ? now | LISTENS : now;
}

/* The byte that the kernel makes 0. */
static char *ear(void)
{
	return (char *)state() + LISTENS_BYTE;
}

bool hak_bell_news(struct hak_pressure *pressure, bool may_ask)
{
	unsigned which;
	bool news;

	if (deaf)
		return may_ask &&
		       hak_pressure_take(pressure, hak_pressure_look(pressure));
	/* First: what comes from now on makes it 0 again. */
	atomic_fetch_or_explicit(state(), LISTENS, memory_order_relaxed);
	listens = true;
	which = hak_ring_heard();
	news = hak_pressure_take(pressure, which);
	if (may_ask && !pressure->stale && pressure->count)
		deaf = hak_ring_listen(ear(), pressure->fd, pressure->count);
	if (deaf) {
		atomic_fetch_and_explicit(state(), STATE, memory_order_relaxed);
		listens = false;
	}
	return news;
}

void hak_bell_sleep(uint32_t ms, const struct hak_pressure *pressure)
{
	uint32_t most_ms = ms;
	struct timespec most;

	if (ms == HAK_NEVER && deaf && pressure->count)
		most_ms = look_ms;
	most = timeout(most_ms);
	futex(state(), FUTEX_WAIT_PRIVATE, quiet(ASLEEP),
	      most_ms == HAK_NEVER ? NULL : &most);
	/* Looks become rare where nobody rings. */
	if (change(state(), ASLEEP, AWAKE) != ASLEEP)
		look_ms = LOOK_MS;
	else if (look_ms < LOOK_MS_MAX)
		look_ms *= 2;
}

void hak_bell_nap(uint32_t ms)
{
	const struct timespec most = timeout(ms < LOOK_MS ? ms : LOOK_MS);

	change(state(), ASLEEP, AWAKE);
	futex(state(), FUTEX_WAIT_PRIVATE,
	      quiet(atomic_load_explicit(state(), memory_order_relaxed) &
		    STATE),
	      &most);
}
