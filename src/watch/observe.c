/* SPDX-License-Identifier: MIT */
/*
 * observe.c - how soon LIVE superslabs are written, and from which node.
 *
 * Owns    the watched row.
 * Locks   span->lock, to find LIVE superslabs. A superslab freed and lent meanwhile
 *         spoils a sample only. If writers are stopped, the watcher sets the heat.
 * Calls   glance.h, rebalance.h, os/uffd.h, os/pagemap.h, os/task.h.
 */
#include "watch/observe.h"

#include "watch/glance.h"
#include "watch/rebalance.h"
#include "heap/block.h"
#include "heap/window.h"
#include "numa/place.h"
#include "numa/topology.h"
#include "os/clock.h"
#include "os/map.h"
#include "os/pagemap.h"
#include "os/recent.h"
#include "os/task.h"
#include "base/atomic.h"
#include "base/bits.h"
#include "base/page.h"

#include <errno.h>

enum {
	ROW = 64,	  /* most superslabs in a row */
	ROWS = 4,	  /* rows that cover all superslabs, if few are lent */
	WATCH_MS = 256,	  /* longest time of a row */
	INLINE_MS = 16,	  /* longest sleep between two looks at a row */
	NEAR = 256,	  /* superslabs checked under the lock at once */
	PERIOD_MS = 1000, /* between rows that may split huge pages */
	SHARE = 125, /* heat gets one part of the keeper's time in so many */
	SHARE_STOPS = 50,   /* locality gets more, because it learns more */
	MOVES_MAX = 16,	    /* superslabs tried in a second */
	AGAIN_MS = 1000,    /* until the next attempt to begin a row */
	FRESH_SECONDS = 10, /* lifetime of observations */
	COLD_SECONDS = 60,  /* a superslab unwritten for so long is cold */
	STOP_US = 50,	    /* estimate for an answer to a thread */
	UNSEEN = UINT8_MAX, /* heat of a sample without a write yet */
};

struct sample {
	bool live;
	bool armed;
	bool huge; /* was a single huge page */
	_Atomic uint8_t heat;
};

/* The watched row; `count` is 0 between two rows. */
static struct {
	struct hak_span *span;
	uint32_t first;
	uint32_t count;
	uint64_t began; /* by hak_clock_us() */
	struct sample sample[ROW];
} row;

static struct hak_uffd uffd = { .fd = -1 };
static int pagemap = -1;

/* Used by the keeper only */
static unsigned cursor_span; /* start of the next row */
static uint32_t cursor;
static uint64_t spent;		 /* microseconds spent on this row */
static unsigned stopped;	 /* threads stopped by this row */
static uint64_t rested;		 /* no row begins before */
static uint32_t begun;		 /* second in which observation began */
static uint32_t moved_in, moved; /* the current second; superslabs tried in it */

static enum hak_mode load(const _Atomic uint8_t *mode)
{
	return hak_read_once(mode);
}

static void store(_Atomic uint8_t *mode, enum hak_mode now)
{
	hak_write_once(mode, (uint8_t)now);
}

static bool stops(void)
{
	return load(&hak_stats_page.locality) == HAK_MODE_ON;
}

static bool works(void)
{
	return load(&hak_stats_page.heat) == HAK_MODE_ON;
}

static char *address_of(uint32_t i)
{
	return hak_span_address(row.span, row.first + i);
}

/* ---- For the watcher ----------------------------------------------------- */

/*
 * Make no call with access to the page: the page may be guarded by now, and then
 * the watcher would wait for itself.
 */
static void count(const struct hak_span *span, uint32_t i,
		  const struct hak_touch *touch)
{
	int id = hak_place_lies((const void *)touch->address);
	int cpu = hak_task_cpu(touch->thread);
	unsigned memory = span->node;

	if (cpu < 0)
		return;
	if (id >= 0 && hak_topology_node((unsigned)id) != HAK_NO_NODE)
		memory = (unsigned)hak_topology_node((unsigned)id);
	hak_glance_vote(span, i, hak_topology_of_cpu((unsigned)cpu), memory);
}

void hak_observe_touched(const struct hak_touch *touch)
{
	uint64_t now = hak_clock_us();
	const struct hak_span *span = hak_window_span((void *)touch->address);
	uint32_t index = (uint32_t)((touch->address - (uintptr_t)span->base) >>
				    HAK_SUPERSLAB_SHIFT);
	char *address = hak_span_address(span, index);
	uint8_t unseen = UNSEEN;
	uint32_t i = index - row.first;

	/* After a failure the superslab is in no row: let the thread try again. */
	if (hak_uffd_release(&uffd, address, HAK_SUPERSLAB_BYTES)) {
		hak_uffd_wake(&uffd, address, HAK_SUPERSLAB_BYTES);
		return;
	}
	if (span != row.span || i >= ROW)
		return;
	/* Several threads may have waited: only the first counts. */
	if (hak_cas_relaxed(&row.sample[i].heat, &unseen,
			    hak_glance_heat(now - row.began)))
		count(span, index, touch);
}

const struct hak_uffd *hak_observe_uffd(void)
{
	/* Noted writes stop no thread. */
	static const struct hak_uffd none = { .fd = -1 };

	return uffd.kind == HAK_UFFD_WRITES ? &uffd : &none;
}

/* ---- A row --------------------------------------------------------------- */

/*
 * LIVE, and not part of a block so large that realloc moves the page tables: the
 * move needs a single mapping. A thread may have just got the superslab, and be
 * writing the record: at worst a sample is spoilt.
 */
static bool to_watch(const struct hak_span *span, uint32_t i)
{
	const struct hak_superslab *superslab = &span->superslab[i];

	return superslab->state == HAK_SUPERSLAB_LIVE &&
	       !(superslab->large &&
		 span->superslab[superslab->head].bytes >= HAK_LARGE_MOVES);
}

/* Note which superslabs of the row to watch, as of this moment. */
static void look_up_locked(void)
{
	uint32_t i;

	for (i = 0; i < row.count; i++)
		row.sample[i].live = to_watch(row.span, row.first + i);
}

static uint32_t length(uint32_t most)
{
	uint64_t lent = hak_stat_difference(HAK_STAT_SUPERSLABS_LENT,
					    HAK_STAT_SUPERSLABS_RETURNED);
	uint64_t want = hak_div_up(lent, ROWS);

	if (want < most)
		most = want ? (uint32_t)want : 1;
	return most < ROW ? most : ROW;
}

/* Choose a row from the next superslab to watch. False: none is near. */
static bool find_locked(struct hak_span *span)
{
	uint32_t end = span->claimed - cursor < NEAR ? span->claimed
						     : cursor + NEAR;

	for (; cursor < end; cursor++) {
		if (to_watch(span, cursor)) {
			row.span = span;
			row.first = cursor;
			row.count = length(span->claimed - cursor);
			look_up_locked();
			cursor += row.count;
			return true;
		}
		hak_glance_forget(span, cursor);
	}
	return false;
}

static bool find_in(struct hak_span *span)
{
	bool found = false;
	bool more = true;

	while (!found && more) {
		hak_lock_take(&span->lock);
		hak_glance_reach(span);
		found = find_locked(span);
		more = cursor < span->claimed;
		hak_lock_drop(&span->lock);
	}
	return found;
}

/* Choose the next row, from the end of the last row on. False: there is none. */
static bool find(void)
{
	unsigned spans;

	for (spans = 0; spans <= hak_window.spans; spans++) {
		if (find_in(&hak_window.span[cursor_span]))
			return true;
		cursor = 0;
		cursor_span = (cursor_span + 1) % hak_window.spans;
	}
	return false;
}

/*
 * Protection without pages creates a page table, and the superslab would never
 * become a huge page.
 */
static bool worth(uint32_t i)
{
	return row.sample[i].live &&
	       (pagemap < 0 || hak_pagemap_present(pagemap, address_of(i),
						   HAK_SUPERSLAB_BYTES));
}

static bool arm_some(uint32_t i, uint32_t n)
{
	bool armed = !hak_uffd_arm(&uffd, address_of(i),
				   (size_t)n << HAK_SUPERSLAB_SHIFT);
	uint32_t k;

	for (k = i; k < i + n; k++)
		row.sample[k].armed = armed;
	return armed;
}

/*
 * Arm the superslabs with pages, neighbours together. A kernel before 6.2 does not
 * protect several mappings at once: then arm the superslabs singly.
 */
static unsigned arm(void)
{
	unsigned armed = 0;
	uint32_t i, n, k;

	for (i = 0; i < row.count; i += n + 1) {
		for (n = 0; i + n < row.count && worth(i + n); n++)
			row.sample[i + n].huge =
				pagemap >= 0 &&
				hak_pagemap_huge(pagemap, address_of(i + n),
						 HAK_SUPERSLAB_BYTES);
		if (n && arm_some(i, n)) {
			armed += n;
			continue;
		}
		for (k = i; k < i + n; k++)
			armed += arm_some(k, 1);
	}
	return armed;
}

static bool begin(void)
{
	uint32_t i;

	if (!find())
		return false;
	for (i = 0; i < row.count; i++) {
		row.sample[i].armed = false;
		row.sample[i].huge = false;
		hak_write_once(&row.sample[i].heat, UNSEEN);
	}
	row.began = hak_clock_us();
	hak_stat_add(&row.span->stats, HAK_STAT_OBSERVED, arm());
	return true;
}

static bool unseen(const struct sample *sample)
{
	return sample->armed && hak_read_once(&sample->heat) == UNSEEN;
}

/* Note and release written superslabs. Returns how many are without a write. */
static unsigned look(void)
{
	uint8_t heat = hak_glance_heat(hak_clock_us() - row.began);
	unsigned left = 0;
	uint32_t i;

	for (i = 0; i < row.count; i++) {
		if (!unseen(&row.sample[i]))
			continue;
		if (pagemap < 0 || !hak_pagemap_written(pagemap, address_of(i),
							HAK_SUPERSLAB_BYTES)) {
			left++;
			continue;
		}
		hak_write_once(&row.sample[i].heat, heat);
		hak_uffd_release(&uffd, address_of(i), HAK_SUPERSLAB_BYTES);
	}
	return left;
}

static void note(uint32_t i, uint32_t second)
{
	uint8_t heat = hak_read_once(&row.sample[i].heat);

	if (!row.sample[i].live) {
		hak_glance_forget(row.span, row.first + i);
	} else if (row.sample[i].armed) {
		if (heat == UNSEEN)
			heat = 0;
		hak_stat_add(&row.span->stats, HAK_STAT_SEEN_WRITTEN, heat > 0);
		stopped += stops() && heat;
		hak_glance_note(row.span, row.first + i, heat, second);
	}
}

/* A collapse copies memory shared with a child, and needs memory. */
static bool may_collapse(void)
{
	return !hak_recent_forked() && hak_recent_calm();
}

/* Make a huge page again, if a write has split the huge page. */
static void mend(uint32_t i)
{
	if (row.sample[i].huge && row.sample[i].armed && !stops() &&
	    !unseen(&row.sample[i]) && may_collapse())
		hak_map_collapse(address_of(i), HAK_SUPERSLAB_BYTES);
}

static void disarm(void)
{
	uint32_t i, n;

	for (i = 0; i < row.count; i += n + 1) {
		for (n = 0; i + n < row.count && row.sample[i + n].armed; n++)
			;
		if (!n || !hak_uffd_disarm(&uffd, address_of(i),
					   (size_t)n << HAK_SUPERSLAB_SHIFT))
			continue;
		/* A part of the range is mapped anew, or not mapped at all. */
		for (uint32_t k = i; k < i + n; k++)
			hak_uffd_disarm(&uffd, address_of(k),
					HAK_SUPERSLAB_BYTES);
	}
}

void hak_observe_let_go(const struct hak_span *span, uint32_t first,
			uint32_t count)
{
	uint32_t i;

	for (i = 0; row.span == span && i < row.count; i++) {
		if (!row.sample[i].armed || row.first + i < first ||
		    row.first + i >= first + count)
			continue;
		hak_uffd_disarm(&uffd, address_of(i), HAK_SUPERSLAB_BYTES);
		row.sample[i].armed = false;
	}
}

static void end(void)
{
	uint32_t second = hak_clock_seconds();
	uint32_t i;

	disarm();
	hak_lock_take(&row.span->lock);
	look_up_locked();
	hak_lock_drop(&row.span->lock);
	for (i = 0; i < row.count; i++) {
		note(i, second);
		mend(i);
	}
	hak_write_once(&hak_stats_page.seconds, second);
}

/* Move superslabs with many remote writes. The rate does not depend on samples. */
static void rebalance(void)
{
	uint32_t second = hak_clock_seconds();
	uint32_t i;
	int writer;

	if (second != moved_in)
		moved = 0;
	moved_in = second;
	for (i = 0; i < row.count && moved < MOVES_MAX; i++) {
		writer = hak_glance_astray(row.span, row.first + i);
		if (writer == HAK_NO_NODE)
			continue;
		hak_rebalance(row.span, row.first + i, (unsigned)writer);
		moved++;
	}
}

/* ---- For the keeper ------------------------------------------------------ */

/* Look after 1, 2, 4 ... WATCH_MS. Returns milliseconds; 0: the row is over. */
static uint32_t next_look(uint64_t us)
{
	uint32_t ms = 1;

	while (ms < WATCH_MS && us >= ms * 1000ULL)
		ms *= 2;
	return us >= ms * 1000ULL ? 0 : ms - (uint32_t)(us / 1000);
}

/* Look at the row while the next look is near. True: the row is over. */
static bool watch(uint32_t *ret_ms)
{
	unsigned left;

	for (;;) {
		left = look();
		*ret_ms = next_look(hak_clock_us() - row.began);
		if (!left || !*ret_ms)
			return true;
		if (*ret_ms > INLINE_MS)
			return false;
		hak_clock_sleep(*ret_ms);
	}
}

/* Begin or continue a row. Returns milliseconds; 0: the row has ended. */
static uint32_t turn(void)
{
	uint32_t ms;

	if (!row.count && ((!stops() && !may_collapse()) || !begin()))
		return AGAIN_MS;
	if (!watch(&ms))
		return ms;
	end();
	return 0;
}

uint32_t hak_observe_tick(void)
{
	uint64_t now = hak_clock_us();
	uint64_t work;
	uint32_t ms;

	if (!works())
		return HAK_NEVER;
	if (!row.count && now < rested)
		return (uint32_t)((rested - now) / 1000) + 1;
	work = hak_clock_work_us();
	ms = turn();
	spent += hak_clock_work_us() - work;
	if (ms)
		return ms;
	/* The cost of this row, for hakmem and the program, delays the next row. */
	rested = row.began +
		 (spent + stopped * STOP_US) * (stops() ? SHARE_STOPS : SHARE);
	if (!stops() && rested < row.began + PERIOD_MS * 1000)
		rested = row.began + PERIOD_MS * 1000;
	hak_stat_add(&hak_window.span[0].stats, HAK_STAT_OBSERVE_US, spent);
	spent = 0;
	stopped = 0;
	if (stops() && hak_option(HAK_OPTION_REBALANCE) == HAK_REBALANCE_ON)
		rebalance();
	row.count = 0;
	return 1;
}

static void close_pagemap(void)
{
	hak_pagemap_close(pagemap);
	pagemap = -1;
}

static enum hak_mode open_notes(void)
{
	enum hak_mode how;

	pagemap = hak_pagemap_open();
	if (pagemap == -ENOTTY || pagemap == -EINVAL)
		return HAK_MODE_OLD;
	if (pagemap < 0)
		return HAK_MODE_FORBIDDEN;
	how = hak_uffd_open(HAK_UFFD_NOTES, &uffd);
	if (how != HAK_MODE_ON)
		close_pagemap();
	return how;
}

void hak_observe_open(bool filtered)
{
	enum hak_mode heat, locality = HAK_MODE_OFF;

	row.count = 0;
	begun = hak_clock_seconds();
	if (!hak_observe_wanted())
		return;
	if (filtered) {
		store(&hak_stats_page.heat, HAK_MODE_FORBIDDEN);
		return;
	}
	if (!hak_stats_page.view && !hak_glances_open()) {
		store(&hak_stats_page.heat, HAK_MODE_NO_MEMORY);
		return;
	}
	if (hak_option(HAK_OPTION_OBSERVE) == HAK_OBSERVE_LOCALITY)
		locality = hak_uffd_open(HAK_UFFD_WRITES, &uffd);
	heat = locality == HAK_MODE_ON ? HAK_MODE_ON : open_notes();
	store(&hak_stats_page.locality, locality);
	store(&hak_stats_page.heat, heat);
}

void hak_observe_close(enum hak_mode why)
{
	/* Noted writes need no watcher: continue. */
	if (why == HAK_MODE_LOST && !stops())
		return;
	if (stops())
		store(&hak_stats_page.locality, why);
	if (works())
		store(&hak_stats_page.heat, why);
	hak_uffd_close(&uffd);
	close_pagemap();
	row.count = 0;
}

void hak_observe_forget(enum hak_mode why)
{
	uffd.fd = -1;
	pagemap = -1;
	row.count = 0;
	if (stops())
		store(&hak_stats_page.locality, why);
	if (works())
		store(&hak_stats_page.heat, why);
}

/* ---- When memory is short ------------------------------------------------ */

void hak_observe_cool(void)
{
	uint32_t now = hak_clock_seconds();

	/* Use fresh observations only: after a fork they grow old. */
	if (works() && hak_option(HAK_OPTION_COLD) != HAK_COLD_KEEP &&
	    now - begun >= COLD_SECONDS &&
	    now - hak_stats_page.seconds < FRESH_SECONDS)
		hak_glances_cool(now - COLD_SECONDS);
}
