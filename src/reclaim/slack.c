/* SPDX-License-Identifier: MIT */
/*
 * slack.c - free units of sparse superslabs, and the budget.
 *
 * Owns    the slices of the delay; the wait of threads without a keeper; `mark` and
 *         `alarm` of the nodes' superslabs.
 * Locks   node->lock for the marks, one node at a time.
 * Calls   sparse.h, budget.h, purge.h, os/wake.h.
 */
#include "reclaim/slack.h"

#include "reclaim/budget.h"
#include "reclaim/purge.h"
#include "reclaim/sparse.h"
#include "heap/node.h"
#include "heap/policy.h"
#include "heap/window.h"
#include "os/clock.h"
#include "os/wake.h"
#include "base/atomic.h"
#include "base/lock.h"
#include "base/todo.h"

enum {
	/* vain attempts until the keeper waits for a note; each time twice as long */
	VAIN_MAX = 8,
	GIVE_MAX = 4096, /* units that a thread without a keeper gives in a call */
	/* vain waits without a keeper, until threads wait for a node's note */
	VAIN_WAITS = 3,
};

/* Used only by the keeper. A slice is an eighth of the delay. */
static uint32_t
	least[HAK_SLICES]; /* fewest units over the budget in each slice of the delay */
static unsigned slice;	   /* index of the current slice */
static uint32_t turned;	   /* start of this slice, by hak_clock_ms() */
static unsigned vain;	   /* number of attempts in a row that gave nothing */
static uint32_t tried;	   /* units over the budget at the first vain attempt */

/*
 * The time when a thread without a keeper began to wait with an excess, by
 * hak_clock_ms(); 0: no thread waits.
 */
static _Atomic uint32_t since;
static _Atomic uint32_t lasting; /* fewest units over the budget in this wait */
static _Atomic uint32_t vain_waits; /* number of waits in a row that gave too little */

/*
 * Sums over all nodes: free units in sparse superslabs, and the number that may
 * stay.
 */
struct sums {
	uint32_t units;
	uint32_t room; /* UINT32_MAX: any number */
	unsigned nodes;
	bool noted; /* a node has left a note, see live.c */
};

static struct sums add_up(void)
{
	uint32_t superslabs = hak_budget_left(HAK_TOTAL_KEPT);
	struct sums sums = { .room = UINT32_MAX };
	unsigned i;

	for (i = 0; i < hak_window.spans; i++) {
		if (!hak_nodes[i])
			continue;
		sums.units += hak_read_once(&hak_nodes[i]->live.sparse);
		sums.noted |= hak_read_once(&hak_nodes[i]->live.alarm) ==
			      UINT32_MAX;
		sums.nodes++;
	}
	if (superslabs < UINT32_MAX / HAK_UNITS)
		sums.room = superslabs * HAK_UNITS;
	return sums;
}

static uint32_t over(const struct sums *sums)
{
	return sums->units > sums->room ? sums->units - sums->room : 0;
}

/* Let each node leave a note only when clearly more units are free than now. */
static void set_alarms(void)
{
	struct sums sums = add_up();
	uint32_t more, units;
	unsigned i;

	for (i = 0; i < hak_window.spans; i++) {
		if (!hak_nodes[i])
			continue;
		units = hak_read_once(&hak_nodes[i]->live.sparse);
		more = sums.room > sums.units
			       ? (sums.room - sums.units) / sums.nodes
			       : 0;
		more += HAK_UNITS + units / 8;
		hak_write_once(&hak_nodes[i]->live.alarm,
			       sums.room == UINT32_MAX ? UINT32_MAX
						       : units + more);
	}
}

static void mark_nodes(unsigned with)
{
	unsigned i;

	for (i = 0; i < hak_window.spans; i++) {
		if (!hak_nodes[i])
			continue;
		hak_lock_take(&hak_nodes[i]->lock);
		hak_live_mark(&hak_nodes[i]->live, with);
		hak_lock_drop(&hak_nodes[i]->lock);
	}
}

/*
 * An eighth (slice) of the delay is over. Begin a new slice in place of the oldest.
 */
static void turn(uint32_t now, uint32_t excess)
{
	turned = now;
	slice = (slice + 1) % HAK_SLICES;
	least[slice] = excess;
	mark_nodes(slice);
}

/* The number of units that were over the budget during the whole delay. */
static uint32_t due(uint32_t excess)
{
	unsigned i;

	for (i = 0; i < HAK_SLICES; i++)
		if (least[i] < excess)
			excess = least[i];
	return excess;
}

static void give_due(enum hak_method method, uint32_t excess)
{
	const struct hak_sparse_plan plan = { .method = method,
					      .age = HAK_SPARSE_SLICE,
					      .slice = (slice + 1) % HAK_SLICES,
					      .least = hak_policy_sparse_calm(),
					      .most = due(excess),
					      .keepers = true };
	uint32_t gone;

	if (!plan.most)
		return;
	gone = hak_sparse_give(&plan);
	if (gone && gone != HAK_SPARSE_BUSY)
		vain = 0;
	else if (!vain++)
		tried = excess;
}

/* Begin or end the wait of a thread without a keeper. */
static void wait(bool on)
{
	/*
	 * The start is odd, because 0 means no wait. waited() makes the time now
	 * odd too.
	 */
	/* pairs with hak_slack_waits(): before the caller lets calls be counted */
	atomic_store_explicit(&since, on ? hak_clock_ms() | 1 : 0,
			      memory_order_seq_cst);
}

uint32_t hak_slack_tick(enum hak_method method)
{
	uint32_t length = hak_policy_delay() / HAK_SLICES;
	struct sums sums = add_up();
	uint32_t excess = over(&sums);
	uint32_t now = hak_clock_ms();

	if (!hak_sparse_possible())
		return HAK_NEVER;
	if (hak_read_once(&since))
		wait(false);
	if (excess < least[slice])
		least[slice] = excess;
	if (!excess || excess > tried + tried / 8)
		vain = 0;
	if (now - turned >= length)
		turn(now, excess);
	if (vain < VAIN_MAX)
		give_due(method, excess);
	set_alarms();
	sums = add_up();
	if (!over(&sums) || vain >= VAIN_MAX)
		return HAK_NEVER;
	return (length + 1) << vain;
}

/* ---- Without a keeper ---------------------------------------------------- */

bool hak_slack_waits(void)
{
	/* pairs with wait(): after the caller has ended the counting */
	return atomic_load_explicit(&since, memory_order_seq_cst);
}

static uint32_t waited(uint32_t from)
{
	return (hak_clock_ms() | 1) - from;
}

/* The wait keeps the free units of each superslab that lends a unit from now on. */
static void begin_wait(uint32_t excess)
{
	hak_write_once(&lasting, excess);
	mark_nodes(HAK_SLICES);
	wait(true);
}

/*
 * A wait for the delay has ended, and `gone` units went, of `most` in excess all
 * the time.
 */
static void end_wait(uint32_t excess, uint32_t most, uint32_t gone)
{
	uint32_t waits = hak_read_once(&vain_waits);

	hak_write_once(&vain_waits, gone >= most / 16 ? 0 : waits + 1);
	if (gone < excess && hak_read_once(&vain_waits) < VAIN_WAITS)
		begin_wait(excess - gone);
	else
		wait(false);
}

/*
 * Give the units that were in excess for the whole delay, a part of them in each
 * call.
 */
static void give_lasting(uint32_t from, uint32_t excess)
{
	uint32_t most = hak_read_once(&lasting);
	const struct hak_sparse_plan plan = {
		.method = hak_purge_own_method(),
		.age = HAK_SPARSE_SLICE,
		.slice = HAK_SLICES,
		.least = hak_policy_sparse_calm(),
		.most = most < GIVE_MAX ? most : GIVE_MAX
	};
	uint32_t gone = hak_sparse_give(&plan);

	/*
	 * Another thread seems to give, but may have left its work by longjmp. So
	 * end the wait after twice the delay.
	 */
	if (gone == HAK_SPARSE_BUSY && waited(from) / 2 < hak_policy_delay())
		return;
	if (gone == HAK_SPARSE_BUSY)
		wait(false);
	else if (gone >= GIVE_MAX && gone < most)
		hak_write_once(&lasting, most - gone);
	else
		end_wait(excess, most, gone);
}

/* Give units of superslabs that have lent no unit for long. */
static void give_at_once(uint32_t excess)
{
	const struct hak_sparse_plan plan = { .method = hak_purge_own_method(),
					      .age = HAK_SPARSE_PAST,
					      .least = hak_policy_sparse_calm(),
					      .most = excess };
	uint32_t gone = hak_sparse_give(&plan);

	if (gone == HAK_SPARSE_BUSY)
		return;
	if (gone < excess)
		begin_wait(excess - gone);
	else
		wait(false);
}

/*
 * A program may free much memory in a moment. The wait begins when the first free unit
 * exceeds the budget. If the excess then grows soon, the wait has to begin anew with the
 * whole excess, because only units that were in excess for the whole wait go.
 */
static bool is_growing(const struct sums *sums, uint32_t from)
{
	return sums->noted && waited(from) < hak_policy_delay() / HAK_SLICES;
}

/*
 * In the profile lean, a node's note makes the thread give at once, because a
 * program that is idle from now on makes no later call.
 */
static void settle(const struct sums *sums, uint32_t excess)
{
	uint32_t from = hak_read_once(&since);

	if (!excess) {
		wait(false);
		return;
	}
	if (!from)
		hak_write_once(&vain_waits, 0);
	else if (excess < hak_read_once(&lasting))
		hak_write_once(&lasting, excess);
	if (hak_policy_sparse_at_once() && (!from || sums->noted))
		give_at_once(excess);
	else if (!from || is_growing(sums, from))
		begin_wait(excess);
	else if (waited(from) >= hak_policy_delay())
		give_lasting(from, excess);
}

bool hak_slack_act(void)
{
	struct sums sums;
	uint32_t excess;

	/*
	 * If this signal handler interrupted the holder of a lock, leave the note
	 * for later.
	 */
	if (hak_lock_any_is_mine()) {
		hak_todo_add(HAK_TODO_SPARSE);
		return hak_read_once(&since);
	}
	sums = add_up();
	excess = over(&sums);
	if (!hak_sparse_possible() || (excess && hak_wake_keeper()))
		excess = 0;
	else if (excess)
		hak_wake_want();
	settle(&sums, excess);
	set_alarms();
	return hak_read_once(&since);
}

/* The parent waits and gives by itself, so end a wait that began in the parent. */
void hak_slack_after_fork(void)
{
	wait(false);
}
