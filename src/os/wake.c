/* SPDX-License-Identifier: MIT */
/*
 * wake.c - how a thread calls the keeper, and whether there is a keeper.
 *
 * Owns    the keeper's futex word, which has a state, and a byte that the kernel
 *         clears; the keeper's id, which the kernel clears at the keeper's end.
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
	NOBODY,
	AWAKE,
	RUNG,
	ASLEEP,
	DISMISSED, /* the keeper has to end */
	LATE,	   /* the keeper has to end, and no thread waits for the end */
	STATE = 0xff,	     /* mask of the states above */
	LISTENS = 1 << 24,   /* the kernel clears this bit if there is news */
	LISTENS_BYTE = 3,    /* index of the byte with this bit */
	LOOK_MS = 2000,	     /* first interval of a keeper that cannot be told */
	LOOK_MS_MAX = 64000, /* longest interval of such a keeper */
	/* in place of the keeper's thread id while a thread makes the keeper */
	BORN = 1 << 30,
	UNTOLD = 1
		 << 29, /* no thread's id: the kernel does not report the end */
	WAIT_US = 4500, /* longest wait for the keeper's end */
	TAIL_US = 100,	/* from the cleared id to the real end of the thread */
};

/*
 * Does the keeper stay if there is only one thread? Only the thread that makes
 * the keeper changes this.
 */
static _Atomic bool stays;

/* Used by the keeper only */
static bool listens; /* LISTENS is set in the word until there is news */
static bool
	deaf; /* the kernel cannot report news: the keeper looks by itself */
static uint32_t look_ms;

static _Atomic uint32_t *state(void)
{
	return &hak_kin->wake;
}

bool hak_wake_answered(void)
{
	uint32_t seen = hak_read_once(state()) & STATE;

	/* If the kernel kills the keeper, only the id changes. */
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

/* Change the state, if the state is `from`. Returns the state found. */
static uint32_t change(_Atomic uint32_t *at, uint32_t from, uint32_t to)
{
	uint32_t seen = hak_read_once(at);

	/* A relaxed access is enough, because locks order the work itself. */
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

	/* Ring for an awake keeper too: the keeper may be about to sleep. */
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
	 * pairs with hak_wake_dismiss(): either the ending thread sees the id,
	 * or this thread sees that a thread has ended
	 */
	if (!atomic_compare_exchange_strong_explicit(&hak_kin->keeper, &nobody,
						     BORN, memory_order_seq_cst,
						     memory_order_relaxed))
		return false;
	hak_write_once(&stays, to_stay);
	/* pairs with hak_wake_leave(), and with hak_wake_dismiss() */
	hak_exchange_acq_rel(state(), AWAKE);
	return true;
}

void hak_wake_back_out(void)
{
	hak_write_once(state(), NOBODY);
	/* pairs with hak_wake_enter() */
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
		 * pairs with hak_wake_enter(): the next keeper sees the data of
		 * this keeper
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

/* Dismiss the keeper, if the keeper has begun and is not about to end anyway. */
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

/* Wait until the keeper's id changes, a millisecond at most. */
static void watch_id(uint32_t id)
{
	const struct timespec most = { 0, 1000000 };

	/*
	 * The kernel wakes the sleepers by the futex shared between processes.
	 */
	sys_futex_wait_shared(&hak_kin->keeper, id, &most);
}

enum hak_wake_end hak_wake_dismiss(bool last)
{
	uint64_t from;
	uint32_t id;

	/* pairs with hak_wake_enter() */
	id = atomic_load_explicit(&hak_kin->keeper, memory_order_seq_cst);
	if (!id || id == UNTOLD || (!last && hak_read_once(&stays)))
		return HAK_WAKE_NOBODY;
	from = hak_clock_us();
	do {
		ask_to_end();
		watch_id(id);
		/* pairs with the kernel's clearing of the id */
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
 * The value of the word in this state, as long as the kernel has reported no
 * news.
 */
static uint32_t quiet(uint32_t now)
{
	return listens ? now | LISTENS : now;
}

/* The byte of the word that the kernel clears at news. */
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
	 * Set the bit before the request: any later news clears the byte again.
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
	/* While no thread asks, double the interval. */
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
