/* SPDX-License-Identifier: MIT */
/*
 * give.c - gives memory back to the kernel by the best available method.
 *
 * Owns    the list of abandoned methods.
 * Calls   ring.h, map.h.
 */
#include "os/give.h"

#include "os/ring.h"
#include "base/atomic.h"
#include "base/compiler.h"

#include <errno.h>
#include <stdbool.h>

static _Atomic bool given_up[HAK_METHODS];

static bool usable(enum hak_method method)
{
	return !hak_read_once(&given_up[method]);
}

/* Returns the number of methods abandoned now: 1, or 0 if abandoned earlier. */
static unsigned give_up(enum hak_method method)
{
	return !hak_exchange_relaxed(&given_up[method], true);
}

/* May the error go away by itself? */
static bool passing(int err)
{
	return err == -EAGAIN || err == -EMFILE || err == -ENFILE;
}

/* Abandon the method after a permanent error for the whole batch. */
static unsigned judge(enum hak_method method, int err)
{
	return err && !passing(err) ? give_up(method) : 0;
}

/* Give back each remaining or refused range by a call of its own. */
static void give_each(struct hak_ranges *ranges)
{
	unsigned i;

	for (i = 0; i < ranges->count; i++)
		if (ranges->err[i] && ranges->err[i] != -EINPROGRESS)
			ranges->err[i] = hak_map_give(ranges, i);
}

unsigned hak_give(struct hak_ranges *ranges, enum hak_method method)
{
	unsigned fallen = 0;

	while (method < HAK_METHOD_EACH && !usable(method))
		method++;
	if (method == HAK_METHOD_RING)
		fallen = judge(method, hak_ring_give(ranges));
	else if (method == HAK_METHOD_TOGETHER)
		fallen = judge(method, hak_map_give_together(ranges));
	give_each(ranges);
	return fallen;
}
