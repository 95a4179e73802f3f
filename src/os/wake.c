/* SPDX-License-Identifier: MIT */
/*
 * wake.c - how a thread wakes the keeper, and whether there is a keeper.
 *
 * Owns    the keeper's futex word, with a state, and with a byte that the kernel
 *         clears at an event of memory pressure; the keeper's thread id, which the
 *         kernel clears at the keeper's end.
 * Calls   os/kin.h, os/ring.h, os/pressure.h, futex(2).
 */
#include "os/wake.h"

#include "os/clock.h"
#include "os/kin.h"
#include "os/ring.h"
#include "base/atomic.h"
#include "base/sys.h"

#include <time.h>

enum {
	/* states of the keeper, in the low byte of the futex word */
	NOBODY,		   /* there is no keeper */
	AWAKE,		   /* the keeper works, and no thread has called it since it looked */
	RUNG,		   /* a thread has asked the keeper to look for work */
	ASLEEP,		   /* the keeper sleeps, or is about to sleep */
	DISMISSED,	   /* the keeper has to end, and a thread waits for the end */
	LATE,		   /* the keeper has to end, and no thread waits for the end any more */
	STATE = 0xff,	   /* mask of these states */
	LISTENS = 1 << 24, /* at an event of memory pressure the kernel clears this bit */
	LISTENS_BYTE = 3,  /* index of the byte with this bit */
	/* intervals between looks for pressure, if the kernel cannot wake the keeper */
	LOOK_MS = 2000,	     /* the first */
	LOOK_MS_MAX = 64000, /* the longest */
	/* in place of the keeper's thread id: */
	BORN = 1 << 30,	  /* a thread is making the keeper */
	UNTOLD = 1 << 29, /* the kernel will not report the keeper's end */
	WAIT_US = 4500,	  /* longest wait for the keeper's end */
	TAIL_US = 100,	  /* pause between the cleared id and the thread's real end */
};

/*
 * Does the keeper stay when the program has only one thread? Only the thread that makes
 * the keeper changes this.
 */
static _Atomic bool stays;

/* Used by the keeper only */
static bool listens;	 /* the keeper has set LISTENS, for the kernel to clear */
static bool deaf;	 /* the kernel cannot wake the keeper at an event of pressure */
static uint32_t look_ms; /* if deaf: the interval until the next look for pressure */

static _Atomic uint32_t *state(void)
{
	return &hak_kin->wake;
}

bool hak_wake_answered(void)
{
	uint32_t seen = hak_read_once(state()) & STATE;

	/*
	 * If the kernel kills the keeper, the kernel clears the id, but the state
	 * stays.
	 */
	return seen != NOBODY && seen < DISMISSED &&
	       hak_read_once(&hak_kin->keeper);
}

bool hak_wake_ends(void)
{
	uint32_t id = hak_read_once(&hak_kin->keeper);

	return id && id != UNTOLD && !hak_wake_answered();
}

bool hak_wake_dismissed(void)
{
	return (hak_read_once(state()) & STATE) >= DISMISSED;
}

/*
 * If the state in the word is `from`, change it to `to`, and keep the other bits.
 * Returns the state found before.
 */
static uint32_t change(_Atomic uint32_t *at, uint32_t from, uint32_t to)
{
	uint32_t seen = hak_read_once(at);

	/*
	 * A relaxed access is enough, because locks order the work that the keeper has
	 * to find.
	 */
	while ((seen & STATE) == from &&
	       !hak_cas_weak_relaxed(at, &seen, (seen & ~(uint32_t)STATE) | to))
		;
	return seen & STATE;
}

bool hak_wake_keeper(void)
{
	_Atomic uint32_t *at = state();
	uint32_t seen = hak_read_once(at) & STATE;
	uint32_t was;

	/*
	 * Set RUNG for an awake keeper too, because the keeper may be about to sleep.
	 */
	while (seen == AWAKE || seen == ASLEEP) {
		was = change(at, seen, RUNG);
		if (was == seen && was == ASLEEP)
			sys_futex_wake(at, INT32_MAX);
		seen = was == seen ? RUNG : was;
	}
	return seen == RUNG && hak_wake_answered();
}

bool hak_wake_call(void)
{
	bool heard = hak_wake_keeper();

	if (heard)
		sys_futex_wake(state(), INT32_MAX);
	return heard;
}

bool hak_wake_enter(bool to_stay)
{
	uint32_t nobody = 0;

	/*
	 * pairs with hak_wake_dismiss(): either a thread that ends now sees BORN here,
	 * or this thread then sees that the other thread has ended
	 */
	if (!atomic_compare_exchange_strong_explicit(&hak_kin->keeper, &nobody,
						     BORN, memory_order_seq_cst,
						     memory_order_relaxed))
		return false;
	hak_write_once(&stays, to_stay);
	/* pairs with hak_wake_leave() of the last keeper, and with ask_to_end() */
	hak_exchange_acq_rel(state(), AWAKE);
	return true;
}

void hak_wake_back_out(void)
{
	hak_write_once(state(), NOBODY);
	/*
	 * pairs with hak_wake_enter(): who sees the id 0 there also sees the state
	 * NOBODY
	 */
	hak_store_release(&hak_kin->keeper, 0);
}

bool hak_wake_begin(void)
{
	_Atomic uint32_t *id = &hak_kin->keeper;
	long own = sys_set_tid_address(id);

	listens = false;
	deaf = false;
	look_ms = LOOK_MS;
	hak_write_once(id, own > 0 ? (uint32_t)own : UNTOLD);
	return own > 0;
}

enum hak_wake_left hak_wake_leave(void)
{
	_Atomic uint32_t *at = state();
	uint32_t seen = hak_read_once(at);

	do {
		if ((seen & STATE) == RUNG)
			return HAK_WAKE_STAYS;
		/*
		 * pairs with hak_wake_enter(): the next keeper sees what this keeper
		 * has written
		 */
	} while (!hak_cas_weak_acq_rel(at, &seen, NOBODY));
	return (seen & STATE) == DISMISSED ? HAK_WAKE_LEFT
					   : HAK_WAKE_LEFT_ALONE;
}

void hak_wake_forget(void)
{
	hak_write_once(state(), NOBODY);
	hak_write_once(&hak_kin->keeper, 0);
}

/* ---- The keeper's end ---------------------------------------------------- */

/*
 * Set the state to DISMISSED and wake the keeper, if there is a keeper and it does not
 * have to end anyway.
 */
static void ask_to_end(void)
{
	_Atomic uint32_t *at = state();
	uint32_t seen = hak_load_acquire(at) & STATE;
	uint32_t was;

	while (seen != NOBODY && seen < DISMISSED) {
		was = change(at, seen, DISMISSED);
		if (was == seen)
			sys_futex_wake(at, INT32_MAX);
		seen = was == seen ? DISMISSED : was;
	}
}

/* Wait until the keeper's id is no longer `id`, but at most a millisecond. */
static void watch_id(uint32_t id)
{
	const struct timespec most = { 0, 1000000 };

	/*
	 * When the kernel clears the id, it wakes only threads that wait on the word as
	 * a futex shared between processes.
	 */
	sys_futex_wait_shared(&hak_kin->keeper, id, &most);
}

enum hak_wake_end hak_wake_dismiss(bool last)
{
	uint64_t from;
	uint32_t id;

	/* pairs with hak_wake_enter(): see there */
	id = atomic_load_explicit(&hak_kin->keeper, memory_order_seq_cst);
	if (!id || id == UNTOLD || (!last && hak_read_once(&stays)))
		return HAK_WAKE_NOBODY;
	from = hak_clock_us();
	do {
		ask_to_end();
		watch_id(id);
		/* pairs with the kernel's clearing of the id at the keeper's end */
		id = hak_load_acquire(&hak_kin->keeper);
	} while (id && id != UNTOLD &&
		 (last || hak_clock_us() - from < WAIT_US));
	if (!id) {
		hak_clock_sleep_us(TAIL_US);
		return HAK_WAKE_GONE;
	}
	return change(state(), DISMISSED, LATE) == DISMISSED ? HAK_WAKE_LATE
							     : HAK_WAKE_GONE;
}

bool hak_wake_heard(void)
{
	return change(state(), RUNG, AWAKE) == RUNG;
}

void hak_wake_doze(void)
{
	change(state(), AWAKE, ASLEEP);
}

/* ---- The keeper's sleep -------------------------------------------------- */

static struct timespec timeout(uint32_t ms)
{
	return (struct timespec){ ms / 1000, ms % 1000 * 1000000L };
}

/*
 * The value of the futex word in the state `now`, as long as the kernel has not cleared
 * LISTENS. A futex wait for this value ends when the kernel clears LISTENS.
 */
static uint32_t quiet(uint32_t now)
{
	return listens ? now | LISTENS : now;
}

/* The byte of the futex word that the kernel clears at an event of memory pressure. */
static char *ear(void)
{
	return (char *)state() + LISTENS_BYTE;
}

bool hak_wake_news(struct hak_pressure *pressure, bool may_ask)
{
	unsigned which;
	bool news;

	if (deaf)
		return may_ask &&
		       hak_pressure_take(pressure, hak_pressure_look(pressure));
	/*
	 * Set LISTENS before the request to the kernel, so that each later event clears
	 * LISTENS again.
	 */
	hak_or_relaxed(state(), LISTENS);
	listens = true;
	which = hak_ring_heard();
	news = hak_pressure_take(pressure, which);
	if (may_ask && !pressure->stale && pressure->count)
		deaf = hak_ring_listen(ear(), pressure->fd, pressure->count);
	if (deaf) {
		hak_and_relaxed(state(), STATE);
		listens = false;
	}
	return news;
}

void hak_wake_sleep(uint32_t ms, const struct hak_pressure *pressure)
{
	uint32_t most_ms = ms;
	struct timespec most;

	if (deaf && pressure->count && look_ms < ms)
		most_ms = look_ms;
	most = timeout(most_ms);
	sys_futex_wait(state(), quiet(ASLEEP),
		       most_ms == HAK_NEVER ? NULL : &most);
	/* Double the interval as long as no thread wakes the keeper. */
	if (change(state(), ASLEEP, AWAKE) != ASLEEP)
		look_ms = LOOK_MS;
	else if (look_ms < LOOK_MS_MAX)
		look_ms *= 2;
}

void hak_wake_nap(uint32_t ms)
{
	const struct timespec most = timeout(ms < LOOK_MS ? ms : LOOK_MS);
	uint32_t seen;

	change(state(), ASLEEP, AWAKE);
	seen = hak_read_once(state()) & STATE;
	if (seen < DISMISSED)
		sys_futex_wait(state(), quiet(seen), &most);
}
