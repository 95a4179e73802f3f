/* SPDX-License-Identifier: MIT */
/*
 * step.c - a span's address space, mapped in steps.
 *
 * Owns    the mapped length of a span, its records and its part of the slab map.
 * Locks   span->lock.
 * Calls   run.h, seed.h, os/map.h.
 */
#include "heap/step.h"

#include "heap/armed.h"
#include "heap/policy.h"
#include "heap/run.h"
#include "heap/seed.h"
#include "heap/slab.h"
#include "heap/window.h"
#include "numa/place.h"
#include "numa/topology.h"
#include "os/map.h"
#include "base/atomic.h"
#include "base/bits.h"
#include "base/options.h"

#include <errno.h>

enum { SKIPS_MAX = 64 };

static char *map_of(const struct hak_span *span)
{
	return (char *)hak_window_place(span->base);
}

static bool is_last(const struct hak_span *span)
{
	return span->node + 1 == hak_window.spans;
}

/*
 * Make the slab map writable for the superslabs before `end`. Until now this
 * part of the map is readable zeroes, or not mapped. A span's part of the map
 * begins at the start of a page.
 */
static bool open_map(struct hak_span *span, uint32_t end)
{
	char *map = map_of(span);
	size_t bytes = (size_t)end * HAK_UNITS * sizeof(*hak_window_map);
	size_t more;

	bytes = hak_round_up(bytes, hak_window.page);
	if (bytes <= span->map_bytes)
		return true;
	map += span->map_bytes;
	more = bytes - span->map_bytes;
	if ((is_last(span) ? hak_map_at(map, more) :
			     hak_map_writable(map, more)) ||
	    (!hak_place_once() && hak_place_records(map, more, span->node)))
		return false;
	span->map_bytes = bytes;
	if (is_last(span))
		hak_window_map_opened(hak_window.nodes_bytes +
				      bytes / sizeof(*hak_window_map) *
					      HAK_UNIT_BYTES);
	return true;
}

static bool all_small(void)
{
	return !hak_policy_huge_pages(hak_window.huge_page);
}

bool hak_step_small(uint32_t index)
{
	return index < hak_policy_small_pages() || all_small();
}

void hak_step_open_slabs(const struct hak_span *span, uint32_t index)
{
	uintptr_t first = (uintptr_t)&span->slab[(size_t)index * HAK_UNITS];
	uintptr_t end = first + HAK_UNITS * sizeof(*span->slab);

	/* The first and the last page also hold records of other superslabs. */
	first = hak_round_up(first, hak_window.page);
	end = end / hak_window.page * hak_window.page;
	if (first < end)
		hak_map_populate((void *)first, end - first);
}

static void place(const struct hak_span *span, char *address, size_t bytes)
{
	if (!is_last(span))
		hak_place(address, bytes, span->node);
	else if (hak_option(HAK_OPTION_LARGE) == HAK_LARGE_INTERLEAVE)
		hak_place_interleaved(address, bytes);
}

static void tell_of_pages(const struct hak_span *span, uint32_t first,
			  uint32_t count)
{
	uint32_t end = first + count;
	uint32_t small = hak_policy_small_pages();

	if (all_small())
		small = end;
	if (first < small)
		hak_map_pages(hak_span_address(span, first),
			      (size_t)((end < small ? end : small) - first)
				      << HAK_SUPERSLAB_SHIFT,
			      HAK_PAGES_SMALL);
	if (first < small)
		first = small;
	if (first < end)
		hak_map_pages(hak_span_address(span, first),
			      (size_t)(end - first) << HAK_SUPERSLAB_SHIFT,
			      HAK_PAGES_HUGE);
}

void hak_step_advise(struct hak_span *span, uint32_t first, uint32_t count)
{
	place(span, hak_span_address(span, first),
	      (size_t)count << HAK_SUPERSLAB_SHIFT);
	tell_of_pages(span, first, count);
}

uint32_t hak_step_border(void)
{
	return all_small() ? 0 : hak_policy_small_pages();
}

/* ---- Edges --------------------------------------------------------------- */

static size_t edge_bytes(void)
{
	return HAK_EDGE_PAGES * hak_window.page;
}

static bool map_edge(const struct hak_span *span, char *address, uint32_t like)
{
	if (hak_map_at(address, edge_bytes()))
		return false;
	place(span, address, edge_bytes());
	hak_map_pages(address, edge_bytes(),
		      hak_step_small(like) ? HAK_PAGES_SMALL : HAK_PAGES_HUGE);
	return true;
}

/* Unmap the high edge, because the next step needs its addresses. */
static void unmap_edge(struct hak_span *span)
{
	if (span->edge_high)
		hak_unmap(hak_span_address(span, span->mapped), edge_bytes());
	span->edge_high = false;
}

static void map_edges(struct hak_span *span)
{
	uint32_t end = span->mapped;

	if (!is_last(span) || !end)
		return;
	if (!span->edge_low && hak_step_border())
		span->edge_low = map_edge(span, span->base - edge_bytes(), 0);
	if (!span->edge_high)
		span->edge_high =
			map_edge(span, hak_span_address(span, end), end - 1);
}

/* ---- Mapping ------------------------------------------------------------- */

static bool open_records(struct hak_span *span, uint32_t end)
{
	return hak_region_reach(&span->superslab_region,
				end * sizeof(*span->superslab)) &&
	       hak_region_reach(&span->slab_region,
				end * HAK_UNITS * sizeof(*span->slab));
}

/*
 * Map superslabs of a node from the kernel's pool of huge pages, and populate
 * them before use. False if the pool has too few pages.
 */
static bool map_pool(struct hak_span *span, uint32_t first, uint32_t count)
{
	char *address = hak_span_address(span, first);
	size_t bytes = (size_t)count << HAK_SUPERSLAB_SHIFT;

	if (hak_option(HAK_OPTION_HUGE) != HAK_HUGE_HUGETLB || is_last(span) ||
	    first < hak_policy_small_pages() ||
	    hak_map_hugetlb_at(address, bytes))
		return false;
	place(span, address, bytes);
	/*
	 * If the pool of the node has too few pages, the kernel takes pages
	 * from the pools of other nodes. So check the nodes.
	 */
	if (!hak_map_populate(address, bytes) &&
	    !hak_place_strays(address, bytes, span->node)) {
		hak_stat_add(&span->stats, HAK_STAT_POOLED, count);
		return true;
	}
	hak_unmap(address, bytes);
	return false;
}

void hak_step_open(struct hak_span *span)
{
	if (!hak_place_once() || is_last(span))
		return;
	hak_place(map_of(span),
		  (size_t)span->limit * HAK_UNITS * sizeof(*hak_window_map),
		  span->node);
	open_records(span, 1);
	hak_seed_plant(span);
}

static int map_step(struct hak_span *span, uint32_t first, uint32_t count)
{
	int err;

	if (hak_seed_usable(span)) {
		err = hak_seed_grow(span, count);
		if (!err)
			tell_of_pages(span, first, count);
		return err;
	}
	err = hak_map_at(hak_span_address(span, first),
			 (size_t)count << HAK_SUPERSLAB_SHIFT);
	if (!err)
		hak_step_advise(span, first, count);
	return err;
}

static int map_step_locked(struct hak_span *span, uint32_t count)
	HAK_REQUIRES(span->lock)
{
	uint32_t first = span->mapped;
	size_t bytes = (size_t)count << HAK_SUPERSLAB_SHIFT;
	bool pooled;
	uint32_t i;
	int err;

	hak_lock_assert(&span->lock);
	unmap_edge(span);
	pooled = map_pool(span, first, count);
	if (!pooled) {
		err = map_step(span, first, count);
		if (err)
			return err;
	}
	/*
	 * Open the records after mapping, so that a step that the kernel
	 * refuses adds no records.
	 */
	if (!open_records(span, first + count) ||
	    !open_map(span, first + count)) {
		hak_unmap(hak_span_address(span, first), bytes);
		return -ENOMEM;
	}
	span->mapped += count;
	for (i = first; i < span->mapped; i++) {
		hak_superslab_set(&span->superslab[i], HAK_SUPERSLAB_FRESH);
		span->superslab[i].pooled = pooled;
		hak_write_once(&span->superslab[i].node, HAK_NODELESS);
	}
	hak_run_add_locked(span, first, count);
	hak_stat_add(&span->stats, HAK_STAT_MAPPED, bytes);
	return 0;
}

/*
 * The length of the nonresident run at the span's end. The next step would
 * lengthen this run.
 */
static uint32_t tail(const struct hak_span *span)
{
	const struct hak_superslab *end = &span->superslab[span->mapped];

	return span->mapped && hak_superslab_nonresident(end - 1) ?
		       end[-1].run :
		       0;
}

static uint32_t step_for(const struct hak_span *span, uint32_t need)
{
	uint32_t step = hak_policy_step(need, span->mapped);

	/*
	 * If the kernel locks and populates new mappings, map no more than
	 * needed. Before a node's first step no program has had the time to
	 * call mlockall, so do not test.
	 */
	if (step > need && (span->mapped || is_last(span)) &&
	    hak_map_locks(hak_window.page))
		return need;
	return step;
}

static bool map_locked(struct hak_span *span, uint32_t count, uint32_t align)
	HAK_REQUIRES(span->lock)
{
	uint32_t need = align > 1 ? count + align - 1 : count - tail(span);
	uint32_t step;
	int skips = 0;
	int err;

	hak_lock_assert(&span->lock);
	if ((align > 1 && need < count) || need > span->limit - span->mapped)
		return false;
	step = step_for(span, need);
	while (span->mapped < span->limit &&
	       need <= span->limit - span->mapped) {
		if (step > span->limit - span->mapped)
			step = span->limit - span->mapped;
		err = map_step_locked(span, step);
		if (!err)
			return true;
		if (step > need) {
			step = step / 2 > need ? step / 2 : need;
		} else if (err == -EEXIST && skips++ < SKIPS_MAX) {
			/* Leave out the addresses of a foreign mapping. */
			if (!open_records(span, span->mapped + 1))
				return false;
			span->mapped++;
			need = align > 1 ? need : count;
			step = need;
		} else {
			return false;
		}
	}
	return false;
}

bool hak_step_map_locked(struct hak_span *span, uint32_t count,
			   uint32_t align)
{
	bool done = map_locked(span, count, align);

	hak_lock_assert(&span->lock);
	map_edges(span);
	return done;
}

static bool may_unmap(const struct hak_span *span)
{
	return is_last(span) && !hak_armed_wanted() &&
	       hak_option(HAK_OPTION_OBSERVE) == HAK_OBSERVE_OFF;
}

void hak_step_unmap_locked(struct hak_span *span, uint32_t most)
{
	uint32_t free = tail(span);
	uint32_t count, first;
	size_t bytes;

	hak_lock_assert(&span->lock);
	if (hak_likely(free <= most) || !may_unmap(span))
		return;
	count = free - most;
	first = span->mapped - count;
	bytes = (size_t)count << HAK_SUPERSLAB_SHIFT;
	unmap_edge(span);
	if (!hak_unmap(hak_span_address(span, first), bytes)) {
		hak_run_cut_locked(span, span->mapped - free, first, count);
		hak_span_set_states(span, first, count, HAK_SUPERSLAB_NONE);
		span->mapped = first;
		hak_stat_add(&span->stats, HAK_STAT_UNMAPPED, bytes);
	}
	map_edges(span);
}

uint32_t hak_step_loose_locked(const struct hak_span *span)
{
	uint32_t first = span->mapped;

	hak_lock_assert(&span->lock);
	if (!may_unmap(span))
		return 0;
	while (first && hak_superslab_free(&span->superslab[first - 1]))
		first -= span->superslab[first - 1].run;
	return span->mapped - first;
}

void hak_step_prewarm(const struct hak_span *span, uint32_t first,
		      uint32_t count)
{
	uint32_t warm = hak_policy_prewarm();

	/* In the last span, pages lie on the node of the first touch. */
	if (is_last(span))
		return;
	/* Under strict binding hakmem populates a superslab when lending it. */
	if (hak_topology.bound)
		return;
	if (warm > count)
		warm = count;
	if (warm)
		hak_map_populate(hak_span_address(span, first),
				 (size_t)warm << HAK_SUPERSLAB_SHIFT);
}
