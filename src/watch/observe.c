/* SPDX-License-Identifier: MIT */
/*
 * observe.c - when LIVE superslabs are observed, and at which cost.
 *
 * Owns    the modes of heat and locality; the time spent on observations.
 * Calls   sample.h, history.h, rebalance.h.
 */
#include "watch/observe.h"

#include "watch/history.h"
#include "watch/rebalance.h"
#include "watch/sample.h"
#include "heap/window.h"
#include "numa/topology.h"
#include "os/clock.h"
#include "base/atomic.h"
#include "base/page.h"

enum {
	WATCH_MS = 256,	  /* longest observation of a row */
	INLINE_MS = 16,	  /* longest sleep of hak_observe_tick() between two looks at a row */
	PERIOD_MS = 1000, /* from row to row in mode heat, because writes split huge pages */
	/* observing costs at most one part in this number of the time: */
	SHARE = 125,	    /* in mode heat */
	SHARE_STOPS = 50,   /* in mode locality */
	MOVES_MAX = 16,	    /* superslabs that may move to another node in a second */
	AGAIN_MS = 1000,    /* if no row can begin: until the next attempt */
	FRESH_SECONDS = 10, /* after the end of a row, how long observations count as new */
	COLD_SECONDS = 60,  /* a superslab is cold after this time without a write */
	STOP_US = 50,	    /* estimate of the time for which a write stops a thread */
};

/* Used by the keeper only */
static uint64_t spent;	  /* CPU time that the keeper spent on this row, in microseconds */
static uint64_t rested;	  /* time, by hak_clock_us(), before which no row begins */
static uint32_t begun;	  /* second in which this keeper began to observe */
static uint32_t moved_in; /* second in which rebalance() last ran */
static uint32_t moved;	  /* superslabs moved or tried in that second */

static void store(_Atomic uint8_t *mode, enum hak_mode now)
{
	hak_write_once(mode, (uint8_t)now);
}

/* Is an observation on, in either mode? */
static bool works(void)
{
	return hak_read_once(&hak_stats_page.heat) == HAK_MODE_ON;
}

/*
 * Move superslabs of the row to the node from which most writes come, if most writes
 * are remote. At most MOVES_MAX superslabs move in a second.
 */
static void rebalance(const struct hak_run *row)
{
	uint32_t second = hak_clock_seconds();
	uint32_t i;
	int writer;

	if (second != moved_in)
		moved = 0;
	moved_in = second;
	for (i = 0; i < row->count && moved < MOVES_MAX; i++) {
		writer = hak_history_remote_writer(row->span, row->first + i);
		if (writer == HAK_NO_NODE)
			continue;
		hak_rebalance(row->span, row->first + i, (unsigned)writer);
		moved++;
	}
}

/* ---- For the keeper ------------------------------------------------------ */

/*
 * The keeper looks which superslabs of a row are written, 1, 2, 4 ... WATCH_MS
 * milliseconds after the row's begin. `us` is the time since the begin. Returns the
 * milliseconds until the next look; 0 at the end of the row.
 */
static uint32_t next_look(uint64_t us)
{
	uint32_t ms = 1;

	while (ms < WATCH_MS && us >= ms * 1000ULL)
		ms *= 2;
	return us >= ms * 1000ULL ? 0 : ms - (uint32_t)(us / 1000);
}

/*
 * Look which superslabs of the row are written. Repeat this here as long as the next
 * look is at most INLINE_MS away. Returns true at the end of the row. Otherwise *ret_ms
 * is the time until the next look.
 */
static bool watch(uint32_t *ret_ms)
{
	unsigned left;

	for (;;) {
		left = hak_sample_look();
		*ret_ms = next_look(hak_clock_us() - hak_sample_began());
		if (!left || !*ret_ms)
			return true;
		if (*ret_ms > INLINE_MS)
			return false;
		hak_clock_sleep(*ret_ms);
	}
}

/*
 * Begin a row or continue the row. Returns the milliseconds until the next call; 0 if
 * the row may end.
 */
static uint32_t turn(void)
{
	uint32_t ms;

	if (!hak_sample_is_open() &&
	    ((!hak_sample_stops() && !hak_sample_may_collapse()) ||
	     !hak_sample_begin()))
		return AGAIN_MS;
	return watch(&ms) ? 0 : ms;
}

/*
 * Delay the next row in proportion to the cost of this row: `us` microseconds of the
 * keeper's CPU time, and `stopped` stops of the program's threads.
 */
static void rest(uint64_t us, unsigned stopped)
{
	bool stops = hak_sample_stops();
	uint64_t began = hak_sample_began();

	rested = began +
		 (us + stopped * STOP_US) * (stops ? SHARE_STOPS : SHARE);
	if (!stops && rested < began + PERIOD_MS * 1000)
		rested = began + PERIOD_MS * 1000;
}

uint32_t hak_observe_tick(void)
{
	uint64_t now = hak_clock_us();
	unsigned stopped = 0;
	struct hak_run row;
	uint64_t work;
	uint32_t ms;

	if (!works())
		return HAK_NEVER;
	if (!hak_sample_is_open() && now < rested)
		return (uint32_t)((rested - now) / 1000) + 1;
	work = hak_clock_work_us();
	ms = turn();
	if (!ms)
		row = hak_sample_end(&stopped);
	spent += hak_clock_work_us() - work;
	if (ms)
		return ms;
	rest(spent, stopped);
	hak_stat_add(&hak_window.span[0].stats, HAK_STAT_OBSERVE_US, spent);
	spent = 0;
	if (hak_sample_stops() &&
	    hak_option(HAK_OPTION_REBALANCE) == HAK_REBALANCE_ON)
		rebalance(&row);
	return 1;
}

void hak_observe_open(enum hak_self self)
{
	enum hak_mode heat, locality = HAK_MODE_OFF;

	begun = hak_clock_seconds();
	if (!hak_observe_wanted())
		return;
	if (self != HAK_SELF_FREE) {
		store(&hak_stats_page.heat, HAK_MODE_FORBIDDEN);
		return;
	}
	if (!hak_stats_page.view && !hak_history_open()) {
		store(&hak_stats_page.heat, HAK_MODE_NO_MEMORY);
		return;
	}
	if (hak_option(HAK_OPTION_OBSERVE) == HAK_OBSERVE_LOCALITY)
		locality = hak_sample_open(true);
	heat = locality == HAK_MODE_ON ? HAK_MODE_ON : hak_sample_open(false);
	store(&hak_stats_page.locality, locality);
	store(&hak_stats_page.heat, heat);
}

void hak_observe_close(enum hak_mode why)
{
	/*
	 * If the watcher has died, mode heat continues, because in this mode the kernel
	 * stops no thread, and no thread needs the watcher.
	 */
	if (why == HAK_MODE_LOST && !hak_sample_stops())
		return;
	if (hak_sample_stops())
		store(&hak_stats_page.locality, why);
	if (works())
		store(&hak_stats_page.heat, why);
	hak_sample_close();
}

void hak_observe_forget(enum hak_mode why)
{
	hak_sample_forget();
	if (hak_sample_stops())
		store(&hak_stats_page.locality, why);
	if (works())
		store(&hak_stats_page.heat, why);
}

/* ---- When memory is short ------------------------------------------------ */

void hak_observe_cool(void)
{
	uint32_t now = hak_clock_seconds();

	/*
	 * Use observations only if a row has ended lately, and only after COLD_SECONDS
	 * of observation.
	 */
	if (works() && hak_option(HAK_OPTION_COLD) != HAK_COLD_KEEP &&
	    now - begun >= COLD_SECONDS &&
	    now - hak_stats_page.seconds < FRESH_SECONDS)
		hak_history_cool(now - COLD_SECONDS);
}
