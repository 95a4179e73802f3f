/* SPDX-License-Identifier: MIT */
/*
 * hand.c - free units of LIVE superslabs on the way to the kernel.
 *
 * Owns    units in hand; `split` and `thinned` of superslabs, `given` if LIVE.
 * Locks   node->lock, never during a call: units in hand have no owner.
 * Calls   node.h, os/give.h, os/map.h.
 */
#include "reclaim/hand.h"

#include "heap/armed.h"
#include "heap/span.h"
#include "heap/window.h"
#include "os/clock.h"
#include "base/atomic.h"
#include "base/bits.h"
#include "arch/arch.h"

#include <errno.h>
#include <string.h>

enum {
	ROWS = HAK_HAND_PARTS * HAK_UNITS / 2,
	/* time after which khugepaged may have filled units that went */
	TRUST_MS = 10000,
};

/* The units in hand of one superslab. The sets are bitmaps. */
struct part {
	struct hak_superslab *superslab;
	uint64_t units[2]; /* all units in hand */
	uint64_t back[2]; /* units to put back into the superslab */
	uint64_t gone[2]; /* units whose pages went to the kernel */
};

/*
 * The units in hand. The thread that claimed the hand changes it, under the lock of
 * the superslab's node.
 */
static struct {
	struct hak_node *node; /* node of the last superslab taken */
	unsigned count; /* number of superslabs in `part` */
	struct part part[HAK_HAND_PARTS];
} hand;

static _Atomic uintptr_t
	holder;		  /* thread pointer of the hand's claimer, or 0 */
static _Atomic bool torn; /* some superslabs have lost their huge page */
static _Atomic uint32_t given_at; /* when pages last went, by hak_clock_ms() */

bool hak_hand_claim_try(void)
{
	uintptr_t nobody = 0;

	/* pairs with hak_hand_drop() */
	return atomic_compare_exchange_strong_explicit(&holder, &nobody,
						       arch_thread_pointer(),
						       memory_order_acquire,
						       memory_order_relaxed);
}

void hak_hand_drop(void)
{
	/* pairs with hak_hand_claim_try() */
	hak_store_release(&holder, 0);
}

unsigned hak_hand_count(void)
{
	return hand.count;
}

static uint32_t index_of(const struct hak_superslab *superslab)
{
	return (uint32_t)(superslab -
			  hak_window.span[superslab->span].superslab);
}

static char *address_of(const struct hak_superslab *superslab)
{
	return hak_span_address(&hak_window.span[superslab->span],
				index_of(superslab));
}

/*
 * May units that read as zero have pages? Not in a superslab with small pages from
 * the start, because the program never touched the units. But a huge page comes as
 * a whole, and khugepaged may make a huge page of a split superslab.
 */
static bool filled(const struct hak_superslab *superslab)
{
	if (superslab->split)
		return hak_clock_ms() - superslab->given >= TRUST_MS;
	return !superslab->small;
}

unsigned hak_hand_spare(const struct hak_superslab *superslab,
			uint64_t ret_units[2])
{
	return hak_superslab_spare(superslab, filled(superslab), ret_units);
}

void hak_hand_take_locked(struct hak_node *node,
			  struct hak_superslab *superslab,
			  const uint64_t units[2])
{
	struct part *part = &hand.part[hand.count];

	hak_lock_assert(&node->lock);
	part->superslab = superslab;
	memcpy(part->units, units, sizeof(part->units));
	hand.node = node;
	hand.count++;
	superslab->thinned = true;
	hak_superslab_take_out(superslab, part->units);
	hak_node_relist_locked(node, superslab);
}

static char *address_of_row(const struct part *part, const struct hak_row *row)
{
	return address_of(part->superslab) +
	       ((size_t)row->first << HAK_UNIT_SHIFT);
}

static void list_rows(struct hak_ranges *ranges)
{
	const struct part *part;
	struct hak_row row;

	for (part = hand.part; part < hand.part + hand.count; part++) {
		row = (struct hak_row){ 0, 0 };
		while (hak_row_next(part->units, &row)) {
			ranges->range[ranges->count] =
				(struct iovec){ address_of_row(part, &row),
						(size_t)row.count
							<< HAK_UNIT_SHIFT };
			ranges->err[ranges->count++] = HAK_TO_GIVE;
		}
	}
}

/*
 * If a huge page is in use in part, the kernel frees the other pages only when
 * memory is short. But advice for a single page, here a page of a free unit, splits
 * the huge page at once. An error does no harm. The thread makes the call each
 * time, because khugepaged may have put a split superslab together again.
 */
static void split_huge_pages(void)
{
	const struct part *part;
	struct hak_row row;

	for (part = hand.part; part < hand.part + hand.count; part++) {
		row = (struct hak_row){ 0, 0 };
		if (!part->superslab->small && hak_row_next(part->units, &row))
			hak_map_cool(address_of_row(part, &row),
				     hak_window.page, false);
	}
}

/*
 * khugepaged would soon put the superslabs together again, and fill up the pages that
 * went. khugepaged leaves a range alone if the program has used no page of the range
 * lately: mark all pages as unused.
 */
static void cool_rest(void)
{
	const struct part *part;

	for (part = hand.part; part < hand.part + hand.count; part++)
		if (!part->superslab->small)
			hak_map_cool(address_of(part->superslab),
				     HAK_SUPERSLAB_BYTES, false);
}

/*
 * Give the pages that hold only slab records of units that went, because no thread
 * reads the record of a free unit. With a guard keep the records, for the guard's
 * reports.
 */
static void give_records(const struct part *part)
{
	const struct hak_span *span = &hak_window.span[part->superslab->span];
	const struct hak_slab *slab =
		&span->slab[(size_t)index_of(part->superslab) * HAK_UNITS];
	struct hak_row row = { 0, 0 };
	uintptr_t from, to;

	if (!part->superslab->recorded || hak_armed_wanted())
		return;
	while (hak_row_next(part->gone, &row)) {
		from = hak_round_up((uintptr_t)&slab[row.first],
				    hak_window.page);
		to = (uintptr_t)&slab[row.first + row.count];
		to -= to % hak_window.page;
		if (from < to)
			hak_map_decommit((void *)from, to - from);
	}
}

/* The kernel refused a row, maybe because of a single page. So give unit by unit. */
static void give_units(struct part *part, const struct hak_row *row)
{
	struct hak_row unit = { row->first, 1 };

	for (; unit.first < row->first + row->count; unit.first++)
		if (!hak_map_decommit(address_of_row(part, &unit),
				      HAK_UNIT_BYTES))
			hak_row_add(part->gone, &unit);
}

/*
 * Handle the kernel's answer for each row of units. Returns the number of refused
 * rows.
 */
static unsigned judge(const struct hak_ranges *ranges)
{
	const int *err = ranges->err;
	unsigned refused = 0;
	struct part *part;
	struct hak_row row;

	for (part = hand.part; part < hand.part + hand.count; part++) {
		row = (struct hak_row){ 0, 0 };
		memset(part->back, 0, sizeof(part->back));
		memset(part->gone, 0, sizeof(part->gone));
		for (; hak_row_next(part->units, &row); err++) {
			/*
			 * The kernel gave no answer, so the pages may still go.
			 * Never lend the units again.
			 */
			if (*err == -EINPROGRESS)
				continue;
			hak_row_add(part->back, &row);
			if (!*err)
				hak_row_add(part->gone, &row);
			else
				give_units(part, &row);
			refused += *err != 0;
		}
		give_records(part);
	}
	return refused;
}

static unsigned gone_of(const struct part *part)
{
	return hak_count_bits(part->gone[0]) + hak_count_bits(part->gone[1]);
}

static void put_locked(struct hak_node *node, const struct part *part)
	HAK_REQUIRES(node->lock)
{
	struct hak_superslab *superslab = part->superslab;
	unsigned gone = gone_of(part);

	hak_lock_assert(&node->lock);
	superslab->thinned = false;
	hak_superslab_put_in(superslab, part->back, part->gone);
	if (gone) {
		superslab->given = hak_clock_ms();
		if (!superslab->split && !superslab->small) {
			superslab->split = true;
			hak_write_once(&torn, true);
			hak_stat_add(node->stats, HAK_STAT_SPLIT, 1);
		}
		hak_stat_add(node->stats, HAK_STAT_UNITS_GIVEN, gone);
	}
	hak_node_relist_locked(node, superslab);
}

static unsigned put_all(void)
{
	const struct part *part;
	struct hak_node *node;
	unsigned gone = 0;

	/*
	 * Find each superslab's node anew, because in a fork child a superslab may
	 * have a new node.
	 */
	for (; hand.count; hand.count--) {
		part = &hand.part[hand.count - 1];
		gone += gone_of(part);
		node = hak_node_lock_of(address_of(part->superslab));
		hak_lock_adopt(&node->lock);
		put_locked(node, part);
		hak_lock_drop(&node->lock);
	}
	return gone;
}

unsigned hak_hand_give(enum hak_method method)
{
	static struct iovec range[ROWS];
	static int err[ROWS];
	struct hak_ranges ranges = { range, err, 0, false };
	struct hak_stats *stats = hand.node->stats;
	unsigned refused, fallen, gone;

	list_rows(&ranges);
	split_huge_pages();
	fallen = hak_give(&ranges, method);
	refused = judge(&ranges);
	cool_rest();
	hak_stat_add(stats, HAK_STAT_METHODS_ABANDONED, fallen);
	hak_stat_add(stats, HAK_STAT_BATCHES, 1);
	hak_stat_add(stats, HAK_STAT_DECOMMIT_FAILED, refused);
	gone = put_all();
	if (gone)
		hak_write_once(&given_at, hak_clock_ms());
	return gone;
}

bool hak_hand_split(void)
{
	return hak_read_once(&torn);
}

uint32_t hak_hand_given_ms(void)
{
	return hak_clock_ms() - hak_read_once(&given_at);
}

/* ---- In a fork child ----------------------------------------------------- */

/* Put all units back unchanged: no page is known to be gone. */
static void put_as_it_was(void)
{
	unsigned i;

	for (i = 0; i < hand.count; i++) {
		memcpy(hand.part[i].back, hand.part[i].units,
		       sizeof(hand.part[i].back));
		memset(hand.part[i].gone, 0, sizeof(hand.part[i].gone));
	}
	put_all();
}

void hak_hand_after_fork(void)
{
	uintptr_t claimer = hak_read_once(&holder);
	unsigned i;

	/*
	 * A signal handler of the running thread forked. The interrupted work goes
	 * on after the handler, so change nothing.
	 */
	if (!claimer || claimer == arch_thread_pointer())
		return;
	if (hand.count && hak_lock_is_mine(&hand.node->lock))
		return;
	for (i = 0; i < hak_window.spans; i++)
		if (hak_lock_is_mine(&hak_window.span[i].lock))
			return;
	put_as_it_was();
	hak_hand_drop();
}
