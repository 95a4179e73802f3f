/* SPDX-License-Identifier: MIT */
/*
 * give.c - memory goes back to the kernel by the best way that there is.
 *
 * Owns    which rungs have been given up.
 * Calls   ring.h, map.h.   Called by  heap/decommit.c, heap/sparse.c.
 */
#include "os/give.h"

#include "os/ring.h"
#include "base/atomic.h"
#include "base/compiler.h"

#include <errno.h>
#include <stdbool.h>

static _Atomic bool given_up[HAK_RUNGS];

static bool usable(enum hak_rung rung)
{
	return !hak_read_once(&given_up[rung]);
}

/* How many rungs that is: one, or none that were not before. */
static unsigned give_up(enum hak_rung rung)
{
	return !hak_exchange_relaxed(&given_up[rung], true);
}

/* Of what a way answers as such: another time it may be had. */
static bool passing(int err)
{
	return err == -EAGAIN || err == -EMFILE || err == -ENFILE;
}

/* The kernel's answer to all of them: what is out of the question, and why. */
static unsigned judge(enum hak_rung rung, int err)
{
	return err && !passing(err) ? give_up(rung) : 0;
}

/* One by one what is left, and what was refused. */
static void give_each(struct hak_ranges *ranges)
{
	unsigned i;

	for (i = 0; i < ranges->count; i++)
		if (ranges->err[i] && ranges->err[i] != -EINPROGRESS)
			ranges->err[i] = hak_map_give(ranges, i);
}

unsigned hak_give(struct hak_ranges *ranges, enum hak_rung rung)
{
	unsigned fallen = 0;

	while (rung < HAK_RUNG_EACH && !usable(rung))
		rung++;
	if (rung == HAK_RUNG_RING)
		fallen = judge(rung, hak_ring_give(ranges));
	else if (rung == HAK_RUNG_TOGETHER)
		fallen = judge(rung, hak_map_give_together(ranges));
	give_each(ranges);
	return fallen;
}
