/* SPDX-License-Identifier: MIT */
/*
 * history.c - what hakmem has observed of each superslab, on the stats page.
 *
 * Owns    the views, histories and matrix of the stats page.
 * Calls   heap/window.h, numa/topology.h, os/map.h.
 */
#include "watch/history.h"

#include "heap/window.h"
#include "numa/topology.h"
#include "os/map.h"
#include "base/atomic.h"
#include "base/bits.h"
#include "base/options.h"
#include "base/page.h"

enum {
	COOLED_MAX = 512, /* most superslabs in one call of hak_history_cool() */
	LEAD_MAX = 3,	  /* largest `lead` of a history, in samples */
	WRITES_MAX = 4,	  /* largest `remote_writes`: the superslab should move */
};

static struct hakmem_view *view_of(const struct hak_span *span)
{
	return &hak_stats_page.view[span - hak_window.span];
}

static struct hakmem_history *history_of(const struct hak_span *span, uint32_t i)
{
	return &view_of(span)->history[i];
}

static uint8_t heat_of(const struct hakmem_history *history)
{
	return hak_read_once(&history->heat);
}

static void set_heat(struct hakmem_history *history, uint8_t heat)
{
	hak_write_once(&history->heat, heat);
}

void hak_history_reach(const struct hak_span *span)
{
	struct hakmem_view *view = view_of(span);
	uint32_t i = hak_read_once(&view->superslabs);
	uint32_t end = span->mapped;

	for (; i < end; i++) {
		set_heat(&view->history[i], HAK_NOT_SEEN);
		hak_write_once(&view->history[i].writer, HAK_NO_WRITER);
	}
	/*
	 * pairs with a reader in another process: the reader reads the number first,
	 * and so finds initialised histories only
	 */
	hak_store_release(&view->superslabs, end);
}

uint8_t hak_history_heat(uint64_t us)
{
	uint8_t heat = HAK_HOTTEST;
	uint64_t most = 1000;

	for (; heat && us > most; heat--)
		most *= 2;
	return heat;
}

/* The mean of the old and the new heat, rounded towards the new heat. */
static uint8_t mean(uint8_t known, uint8_t heat)
{
	if (known == HAK_NOT_SEEN)
		return heat;
	return (uint8_t)((known + heat + (heat > known)) / 2);
}

void hak_history_note(const struct hak_span *span, uint32_t superslab,
		     uint8_t heat, uint32_t second)
{
	struct hakmem_history *history = history_of(span, superslab);

	if (heat_of(history) == HAK_NOT_SEEN)
		span->superslab[superslab].watched = second;
	if (heat)
		hak_write_once(&history->written, second);
	set_heat(history, mean(heat_of(history), heat));
}

void hak_history_forget(const struct hak_span *span, uint32_t superslab)
{
	struct hakmem_history *history = history_of(span, superslab);

	/*
	 * Write only if the heat changes. A page of histories may not be resident yet,
	 * and a write would make the page resident.
	 */
	if (heat_of(history) != HAK_NOT_SEEN)
		set_heat(history, HAK_NOT_SEEN);
}

/*
 * Count a write by a thread on node `writer`. The history's `writer` is the node with
 * most writes, and `lead` tells by how many samples this node is ahead.
 */
static void vote(struct hakmem_history *history, unsigned writer)
{
	uint8_t lead = hak_read_once(&history->lead);

	if (writer == hak_read_once(&history->writer)) {
		lead += lead < LEAD_MAX;
	} else if (lead) {
		lead--;
	} else {
		hak_write_once(&history->writer, (uint16_t)writer);
		lead = 1;
	}
	hak_write_once(&history->lead, lead);
}

/*
 * Count a sample in `remote_writes`: 1 more for a remote write, 2 less for a local
 * write. So the count reaches WRITES_MAX only if more than two thirds of the last
 * samples are remote writes.
 */
static void stray(struct hak_superslab *superslab, bool local)
{
	uint8_t writes = hak_read_once(&superslab->remote_writes);

	if (local)
		writes = writes > 2 ? (uint8_t)(writes - 2) : 0;
	else
		writes += writes < WRITES_MAX;
	hak_write_once(&superslab->remote_writes, writes);
}

void hak_history_vote(const struct hak_span *span, uint32_t superslab,
		     unsigned writer, unsigned memory)
{
	unsigned nodes = hak_stats_page.nodes;

	vote(history_of(span, superslab), writer);
	stray(&span->superslab[superslab], writer == memory);
	if (writer < nodes && memory < nodes)
		hak_add_relaxed(&hak_stats_page.writes[writer * nodes + memory],
				1);
}

int hak_history_remote_writer(const struct hak_span *span, uint32_t superslab)
{
	if (hak_read_once(&span->superslab[superslab].remote_writes) < WRITES_MAX)
		return HAK_NO_NODE;
	return hak_read_once(&history_of(span, superslab)->writer);
}

static bool seen(const struct hak_span *span, uint32_t i)
{
	return i < hak_read_once(&view_of(span)->superslabs) &&
	       heat_of(history_of(span, i)) != HAK_NOT_SEEN;
}

bool hak_history_is_hot(const struct hak_span *span, uint32_t superslab)
{
	return hak_stats_page.view && seen(span, superslab) &&
	       heat_of(history_of(span, superslab));
}

static bool cold(const struct hak_span *span, uint32_t i, uint32_t since)
{
	return seen(span, i) && !heat_of(history_of(span, i)) &&
	       span->superslab[i].watched < since &&
	       hak_read_once(&history_of(span, i)->written) < since;
}

/*
 * Advise the kernel that the superslab's pages are cold, and forget the superslab's
 * heat. So the superslab gets no advice again before a new observation.
 */
static bool cool(const struct hak_span *span, uint32_t i)
{
	bool out = hak_option(HAK_OPTION_COLD) == HAK_COLD_PAGEOUT;

	hak_history_forget(span, i);
	return !hak_map_cool(hak_span_address(span, i), HAK_SUPERSLAB_BYTES,
			     out);
}

static bool is_live(struct hak_span *span, uint32_t i)
{
	bool live;

	hak_lock_take(&span->lock);
	live = span->superslab[i].state == HAK_SUPERSLAB_LIVE;
	hak_lock_drop(&span->lock);
	return live;
}

static unsigned cool_span(struct hak_span *span, unsigned most, uint32_t since)
{
	unsigned cooled = 0;
	uint32_t i;

	for (i = 0; i < view_of(span)->superslabs && cooled < most; i++)
		if (cold(span, i, since) && is_live(span, i) && cool(span, i))
			cooled++;
	hak_stat_add(&span->stats, HAK_STAT_COOLED, cooled);
	return cooled;
}

void hak_history_cool(uint32_t since)
{
	unsigned most = COOLED_MAX;
	unsigned i;

	if (!hak_stats_page.view)
		return;
	for (i = 0; i < hak_window.spans; i++)
		most -= cool_span(&hak_window.span[i], most, since);
}

bool hak_history_open(void)
{
	static struct hakmem_view views[HAK_SPANS_MAX];
	unsigned nodes = hak_topology_nodes();
	struct hak_span *span;
	void *memory;
	unsigned i;

	for (i = 0; i < hak_window.spans; i++) {
		span = &hak_window.span[i];
		if (hak_map_new(
			    hak_round_up(span->limit *
						 sizeof(struct hakmem_history),
					 hak_window.page),
			    &memory))
			return false;
		views[i] = (struct hakmem_view){
			.base = (uintptr_t)span->base,
			.node = i < nodes ? hak_topology_id(i) : UINT32_MAX,
			.history = memory,
		};
	}
	if (hak_map_new(hak_round_up((size_t)nodes * nodes * sizeof(uint64_t),
				     hak_window.page),
			&memory))
		return false;
	hak_stats_page.writes = memory;
	hak_stats_page.nodes = nodes;
	hak_stats_page.view = views;
	return true;
}
