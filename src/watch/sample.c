/* SPDX-License-Identifier: MIT */
/*
 * sample.c - a row of LIVE superslabs, write-protected for a moment.
 *
 * Owns    the watched row, and the descriptors by which the kernel shows writes.
 * Locks   span->lock, to see which superslabs are LIVE. If a superslab is returned
 *         and lent again meanwhile, only its sample is wrong. The watcher takes no
 *         lock.
 * Calls   choice.h, history.h, os/uffd.h, os/pagemap.h, os/task.h.
 */
#include "watch/sample.h"

#include "watch/choice.h"
#include "watch/history.h"
#include "heap/window.h"
#include "numa/place.h"
#include "numa/topology.h"
#include "os/clock.h"
#include "os/map.h"
#include "os/pagemap.h"
#include "os/recent.h"
#include "os/task.h"
#include "base/atomic.h"

#include <errno.h>

enum { UNSEEN = UINT8_MAX }; /* in place of the heat: no write to the superslab yet */

/* What the keeper knows about one superslab of the row. */
struct sample {
	bool live;	      /* hak_choice_may_watch() */
	bool armed;	      /* write-protected for this row */
	bool huge;	      /* was a single huge page when the row began */
	_Atomic uint8_t heat; /* heat of the first write, or UNSEEN */
};

/* The watched row; `count` is 0 between two rows. */
static struct {
	struct hak_span *span;
	uint32_t first;
	uint32_t count;
	uint64_t began; /* time of the write protection, by hak_clock_us() */
	struct sample sample[HAK_CHOICE_MAX];
} row;

static struct hak_uffd uffd = { .fd = -1 };
static int pagemap = -1; /* shows written pages, if the kernel stops no thread; or -1 */

/* How many threads the kernel has stopped at a write to this row; keeper only. */
static unsigned stopped;

static char *address_of(uint32_t i)
{
	return hak_span_address(row.span, row.first + i);
}

/* ---- For the watcher ----------------------------------------------------- */

/*
 * Count the write for the node of the writing thread. The watcher must make no system
 * call that touches the page. The page may meanwhile be free and armed by the guard,
 * and then the watcher would wait for its own answer.
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
	hak_history_vote(span, i, hak_topology_of_cpu((unsigned)cpu), memory);
}

void hak_sample_touched(const struct hak_touch *touch)
{
	uint64_t now = hak_clock_us();
	const struct hak_spot spot = hak_window_spot((void *)touch->address);
	const struct hak_span *span = spot.span;
	uint32_t index = (uint32_t)spot.superslab;
	char *address = hak_span_address(span, index);
	uint8_t unseen = UNSEEN;
	uint32_t i = index - row.first;

	/*
	 * If this fails, the superslab is no longer write-protected. Wake the waiting
	 * threads, so that they repeat the write.
	 */
	if (hak_uffd_release(&uffd, address, HAK_SUPERSLAB_BYTES)) {
		hak_uffd_wake(&uffd, address, HAK_SUPERSLAB_BYTES);
		return;
	}
	if (span != row.span || i >= HAK_CHOICE_MAX)
		return;
	/*
	 * Several threads may have waited for this superslab. Count only the first
	 * write.
	 */
	if (hak_cas_relaxed(&row.sample[i].heat, &unseen,
			    hak_history_heat(now - row.began)))
		count(span, index, touch);
}

const struct hak_uffd *hak_sample_uffd(void)
{
	/* If the kernel only marks written pages, no thread waits for the watcher. */
	static const struct hak_uffd none = { .fd = -1 };

	return uffd.kind == HAK_UFFD_WRITES ? &uffd : &none;
}

/* ---- A row --------------------------------------------------------------- */

/* Set `live` for each superslab of the row, as it is now. */
static void look_up(void)
{
	uint32_t i;

	hak_lock_take(&row.span->lock);
	for (i = 0; i < row.count; i++)
		row.sample[i].live =
			hak_choice_may_watch(row.span, row.first + i);
	hak_lock_drop(&row.span->lock);
}

/*
 * Is superslab i of the row LIVE, and has it pages? Write protection without pages
 * would create a page table, and then the superslab could not get a huge page.
 */
static bool worth(uint32_t i)
{
	return row.sample[i].live &&
	       (pagemap < 0 || hak_pagemap_present(pagemap, address_of(i),
						   HAK_SUPERSLAB_BYTES));
}

/* Write-protect `n` superslabs of the row, from superslab i on, by one call. */
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
 * Write-protect the superslabs of the row that have pages, neighbours by one call. A
 * kernel before 6.2 cannot protect several mappings by one call. Then protect the
 * superslabs one by one. Returns their number.
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

bool hak_sample_begin(void)
{
	struct hak_run next;
	uint32_t i;

	if (!hak_choice_next(&next))
		return false;
	row.span = next.span;
	row.first = next.first;
	row.count = next.count;
	look_up();
	for (i = 0; i < row.count; i++) {
		row.sample[i].armed = false;
		row.sample[i].huge = false;
		hak_write_once(&row.sample[i].heat, UNSEEN);
	}
	row.began = hak_clock_us();
	hak_stat_add(&row.span->stats, HAK_STAT_OBSERVED, arm());
	return true;
}

/* Is the superslab write-protected, and not written yet? */
static bool unseen(const struct sample *sample)
{
	return sample->armed && hak_read_once(&sample->heat) == UNSEEN;
}

unsigned hak_sample_look(void)
{
	uint8_t heat = hak_history_heat(hak_clock_us() - row.began);
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
		hak_history_forget(row.span, row.first + i);
	} else if (row.sample[i].armed) {
		if (heat == UNSEEN)
			heat = 0;
		hak_stat_add(&row.span->stats, HAK_STAT_SEEN_WRITTEN, heat > 0);
		stopped += hak_sample_stops() && heat;
		hak_history_note(row.span, row.first + i, heat, second);
	}
}

bool hak_sample_may_collapse(void)
{
	return !hak_recent_forked() && hak_recent_calm();
}

/*
 * If a write has split the huge page of the write-protected superslab, make a huge page
 * again.
 */
static void mend(uint32_t i)
{
	if (row.sample[i].huge && row.sample[i].armed && !hak_sample_stops() &&
	    !unseen(&row.sample[i]) && hak_sample_may_collapse())
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
		/*
		 * The call failed because a part of the range was mapped anew,
		 * or is not mapped. So disarm each superslab alone.
		 */
		for (uint32_t k = i; k < i + n; k++)
			hak_uffd_disarm(&uffd, address_of(k),
					HAK_SUPERSLAB_BYTES);
	}
}

void hak_sample_let_go(const struct hak_span *span, uint32_t first,
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

struct hak_run hak_sample_end(unsigned *ret_stopped)
{
	struct hak_run ended = { row.span, row.first, row.count, false };
	uint32_t second = hak_clock_seconds();
	uint32_t i;

	disarm();
	look_up();
	for (i = 0; i < row.count; i++) {
		note(i, second);
		mend(i);
	}
	hak_write_once(&hak_stats_page.seconds, second);
	*ret_stopped = stopped;
	stopped = 0;
	row.count = 0;
	return ended;
}

bool hak_sample_is_open(void)
{
	return row.count;
}

uint64_t hak_sample_began(void)
{
	return row.began;
}

/* ---- Descriptors --------------------------------------------------------- */

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

enum hak_mode hak_sample_open(bool stop)
{
	return stop ? hak_uffd_open(HAK_UFFD_WRITES, &uffd) : open_notes();
}

void hak_sample_close(void)
{
	hak_uffd_close(&uffd);
	close_pagemap();
	row.count = 0;
}

void hak_sample_forget(void)
{
	uffd.fd = -1;
	pagemap = -1;
	row.count = 0;
}
