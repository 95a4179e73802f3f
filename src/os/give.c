/* SPDX-License-Identifier: MIT */
/*
 * give.c - gives memory back to the kernel by the best available method.
 *
 * Owns    the flags of the methods that hakmem has given up.
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

/*
 * Give up the method for the rest of the process. Returns 1, or 0 if the method was
 * given up before.
 */
static unsigned give_up(enum hak_method method)
{
	return !hak_exchange_relaxed(&given_up[method], true);
}

/* Is the error temporary, so that a later call may succeed? */
static bool passing(int err)
{
	return err == -EAGAIN || err == -EMFILE || err == -ENFILE;
}

/*
 * Give up the method if `err` is permanent. `err` concerns the method as a whole; the
 * refusal of a single range is not reported here. Returns the number of methods given
 * up.
 */
static unsigned judge(enum hak_method method, int err)
{
	return err && !passing(err) ? give_up(method) : 0;
}

/*
 * Give back, by a madvise(2) for each range, what the method before has left or the
 * kernel has refused. Leave out a range with -EINPROGRESS, because io_uring may still
 * answer.
 */
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
