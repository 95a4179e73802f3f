/* SPDX-License-Identifier: MIT */
/*
 * large.c - blocks that are rows of superslabs.
 *
 * Large blocks come from the last span. No node has this span, so that each
 * page lies on the node of the first touch. If the last span is full, any other
 * span serves.
 *
 * Locks   none of its own: a block belongs to its holder, span.h locks the rest.
 */
#include "heap/block.h"
#include "heap/leftover.h"
#include "heap/span.h"
#include "heap/window.h"
#include "numa/topology.h"
#include "os/clock.h"
#include "os/map.h"
#include "base/atomic.h"
#include "base/bits.h"
#include "base/options.h"

/* time before hakmem asks the kernel again after a refusal */
enum { ASK_AGAIN_MS = 1000 };

static struct hak_run run_of(const void *block)
{
	const struct hak_spot spot = hak_window_spot(block);
	uint64_t bytes = spot.span->superslab[spot.superslab].bytes;

	return (struct hak_run){
		spot.span, (uint32_t)spot.superslab,
		(uint32_t)hak_div_up(bytes, HAK_SUPERSLAB_BYTES), false
	};
}

/*
 * Write into the records of the block's superslabs where the block begins.
 * Superslabs before the index `from` in the run have this already. The first record
 * also gets the usable bytes of the block.
 */
static void mark(const struct hak_run *run, uint32_t from, size_t bytes)
{
	struct hak_superslab *head = &run->span->superslab[run->first];
	uint32_t i;

	for (i = from; i < run->count; i++) {
		head[i].large = true;
		head[i].head = run->first;
		head[i].moved = false;
	}
	head->bytes = bytes;
}

static size_t round_to_page(size_t bytes)
{
	return hak_round_up(bytes, hak_window.page);
}

/*
 * Would the kernel refuse a block of `bytes`? hakmem asks the kernel only for
 * blocks larger than all memory, because by default the kernel refuses only
 * these. The mappings of the spans themselves have MAP_NORESERVE, so the kernel
 * does not check their size.
 */
static bool is_too_much(size_t bytes)
{
	static _Atomic size_t refused; /* bytes of the last block refused; 0: none */
	static _Atomic uint32_t asked; /* time of this refusal, by hak_clock_ms() */
	size_t least = hak_read_once(&refused);
	uint32_t now;

	if (hak_likely(bytes <= hak_window.memory))
		return false;
	/*
	 * Do not ask the kernel again soon, because the system call may wait for
	 * other threads, and a program may try often.
	 */
	now = hak_clock_ms();
	if (least && bytes >= least &&
	    now - hak_read_once(&asked) < ASK_AGAIN_MS)
		return true;
	if (hak_map_might(bytes))
		return false;
	hak_write_once(&asked, now);
	hak_write_once(&refused, bytes);
	return true;
}

static bool lend(int node, size_t bytes, size_t align, struct hak_run *ret_run)
{
	size_t count = hak_div_up(bytes, HAK_SUPERSLAB_BYTES);
	size_t step = align > HAK_SUPERSLAB_BYTES ?
			      align / HAK_SUPERSLAB_BYTES : 1;
	unsigned last = hak_window.spans - 1;
	struct hak_span *span;
	unsigned i;

	if (count > hak_window.span[last].limit ||
	    step > hak_window.span[last].limit || is_too_much(bytes))
		return false;
	if (node == HAK_NO_NODE) {
		span = &hak_window.span[last];
		if (hak_span_lend(span, (uint32_t)count, (uint32_t)step,
				  ret_run))
			return true;
		/*
		 * If decommitting would make room in the last span, do not try
		 * another span. The caller calls hak_settle_join(), which
		 * decommits, and then tries again.
		 */
		if (hak_read_once(&span->joinable))
			return false;
	}
	for (i = 0; i <= last; i++) {
		span = hak_window_near(node < 0 ? 0 : (unsigned)node, i);
		if (hak_span_lend(span, (uint32_t)count, (uint32_t)step,
				  ret_run))
			return true;
		if (hak_read_once(&span->joinable))
			return false;
	}
	return false;
}

void *hak_large_alloc_on(int node, size_t bytes, size_t align, bool *ret_zero)
{
	struct hak_run run;
	void *block;

	if (!lend(node, bytes, align, &run))
		return NULL;
	bytes = round_to_page(bytes);
	mark(&run, 0, bytes);
	block = hak_span_address(run.span, run.first);
	hak_window_set(block, 1, hak_entry(0, HAK_CLASS_LARGE));
	hak_stat_add(&run.span->stats, HAK_STAT_RUNS_OUT, bytes);
	*ret_zero = run.zero;
	return block;
}

/*
 * The node of the calling thread, if an option or strict binding says that
 * large blocks lie on the thread's node; otherwise HAK_NO_NODE.
 */
static int node_here(void)
{
	uint64_t where = hak_option(HAK_OPTION_LARGE);

	if (where == HAK_LARGE_LOCAL ||
	    (hak_topology.bound && where != HAK_LARGE_INTERLEAVE))
		return (int)hak_topology_here();
	return HAK_NO_NODE;
}

void *hak_large_alloc(size_t bytes, size_t align, bool *ret_zero)
{
	return hak_large_alloc_on(node_here(), bytes, align, ret_zero);
}

static void give_back(const struct hak_run *run, bool moved)
{
	if (moved || hak_leftover(run))
		hak_span_return_moved(run);
	else
		hak_span_return(run);
}

void hak_large_free(void *block)
{
	struct hak_run run = run_of(block);
	struct hak_superslab *head = &run.span->superslab[run.first];

	hak_window_set(block, 1, 0);
	hak_stat_add(&run.span->stats, HAK_STAT_RUNS_IN, head->bytes);
	give_back(&run, head->moved);
}

size_t hak_large_usable(const void *block)
{
	struct hak_run run = run_of(block);

	return run.span->superslab[run.first].bytes;
}

bool hak_large_resize(void *block, size_t bytes)
{
	struct hak_run run = run_of(block);
	struct hak_superslab *head = &run.span->superslab[run.first];
	size_t want = hak_div_up(bytes, HAK_SUPERSLAB_BYTES);
	uint32_t have = run.count;
	size_t before = head->bytes;
	struct hak_run rest;

	if (want > run.span->limit ||
	    (want > have && !hak_span_extend(&run, (uint32_t)want - have)))
		return false;
	bytes = round_to_page(bytes);
	rest = (struct hak_run){ run.span, run.first + (uint32_t)want,
				 have - (uint32_t)want, false };
	mark(&run, have, bytes);
	if (want < have)
		give_back(&rest, head->moved);
	hak_stat_add(&run.span->stats, HAK_STAT_RUNS_IN, before);
	hak_stat_add(&run.span->stats, HAK_STAT_RUNS_OUT, bytes);
	return true;
}

void *hak_large_move(void *block, size_t bytes)
{
	struct hak_run from = run_of(block);
	size_t pages = (size_t)from.count << HAK_SUPERSLAB_SHIFT;
	size_t before = from.span->superslab[from.first].bytes;
	struct hak_run to;
	void *place;

	/*
	 * Under strict binding, pages that are missing after the move could
	 * come from another node. So do not move.
	 */
	if (hak_topology.bound || !lend(HAK_NO_NODE, bytes, 1, &to))
		return NULL;
	place = hak_span_address(to.span, to.first);
	if (to.count <= from.count ||
	    hak_map_move(place, (size_t)to.count << HAK_SUPERSLAB_SHIFT, block,
			 pages)) {
		/* A failed move may have unmapped the new place, so map it anew. */
		hak_span_return_moved(&to);
		return NULL;
	}
	bytes = round_to_page(bytes);
	mark(&to, 0, bytes);
	to.span->superslab[to.first].moved = true;
	hak_window_set(place, 1, hak_entry(0, HAK_CLASS_LARGE));
	hak_window_set(block, 1, 0);
	hak_span_return_moved(&from);
	hak_stat_add(&to.span->stats, HAK_STAT_RUNS_MOVED, 1);
	hak_stat_add(&from.span->stats, HAK_STAT_RUNS_IN, before);
	hak_stat_add(&to.span->stats, HAK_STAT_RUNS_OUT, bytes);
	return place;
}

void *hak_block_around(const void *pointer)
{
	const struct hak_spot spot = hak_window_spot(pointer);
	const struct hak_superslab *superslab =
		&spot.span->superslab[spot.superslab];

	if (spot.superslab >= spot.span->mapped ||
	    superslab->state != HAK_SUPERSLAB_LIVE)
		return NULL;
	if (superslab->large)
		return hak_span_address(spot.span, superslab->head);
	if (superslab->free[spot.unit / 64] >> (spot.unit & 63) & 1)
		return NULL;
	return hak_span_unit(spot.span, spot.superslab,
			     superslab->first[spot.unit]);
}
