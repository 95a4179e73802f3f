/* SPDX-License-Identifier: MIT */
/*
 * bell.c - how a thread calls the keeper, and whether there is one.
 *
 * Owns    the keeper's futex word.
 * Calls   os/map.h, os/ring.h, futex(2).
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

enum { NOBODY, AWAKE, RUNG, ASLEEP, LOOK_MS = 2000 };

_Atomic bool hak_bell_wanted;

static _Atomic uint32_t here; /* as long as there is no page for it */
static _Atomic(_Atomic uint32_t *) word = &here;

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
	return atomic_load_explicit(state(), memory_order_relaxed) != NOBODY;
}

/* From one state to another, if it is in that; what it was in. */
static uint32_t change(_Atomic uint32_t *at, uint32_t from, uint32_t to)
{
	/* What the keeper is called for it sees under locks that it takes. */
	atomic_compare_exchange_strong_explicit(
		at, &from, to, memory_order_relaxed, memory_order_relaxed);
	return from;
}

bool hak_bell_ring(void)
{
	_Atomic uint32_t *at = state();
	uint32_t seen = atomic_load_explicit(at, memory_order_relaxed);
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
	return atomic_compare_exchange_strong_explicit(state(), &nobody, AWAKE,
						       memory_order_acquire,
						       memory_order_relaxed);
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

static struct timespec timeout(uint32_t ms)
{
	return (struct timespec){ ms / 1000, ms % 1000 * 1000000L };
}

/*
 * On a kernel that cannot wait for both at once (before 6.7) it is to look for
 * news every now and then.
 */
static bool sleep_until_rung(const struct hak_pressure *pressure)
{
	const struct timespec look = timeout(LOOK_MS);
	bool news = false;

	if (pressure->count && !hak_ring_wait(state(), ASLEEP, pressure->fd,
					      pressure->count, &news))
		return news;
	futex(state(), FUTEX_WAIT_PRIVATE, ASLEEP,
	      pressure->count ? &look : NULL);
	return false;
}

bool hak_bell_sleep(uint32_t ms, const struct hak_pressure *pressure)
{
	const struct timespec most = timeout(ms);
	bool news = false;

	if (ms == HAK_NEVER)
		news = sleep_until_rung(pressure);
	else
		futex(state(), FUTEX_WAIT_PRIVATE, ASLEEP, &most);
	change(state(), ASLEEP, AWAKE);
	return news;
}

void hak_bell_nap(uint32_t ms)
{
	const struct timespec most = timeout(ms < LOOK_MS ? ms : LOOK_MS);

	change(state(), ASLEEP, AWAKE);
	futex(state(), FUTEX_WAIT_PRIVATE,
	      atomic_load_explicit(state(), memory_order_relaxed), &most);
}
