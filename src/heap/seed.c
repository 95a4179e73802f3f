/* SPDX-License-Identifier: MIT */
/*
 * seed.c - a page behind a span's steps, from which each new step grows.
 *
 * Owns    `seed` of a span.
 * Locks   span->lock.
 * Calls   numa/place.h, os/map.h.
 */
#include "heap/seed.h"

#include "heap/window.h"
#include "numa/place.h"
#include "os/map.h"
#include "base/options.h"

#include <errno.h>

static void give_up(struct hak_span *span)
{
	hak_unmap(span->seed, hak_window.page);
	span->seed = NULL;
}

bool hak_seed_usable(struct hak_span *span)
{
	if (!span->seed)
		return false;
	/*
	 * The seed is an empty page, so this call only tests whether the
	 * program has locked the page: then the kernel refuses.
	 */
	if (hak_map_decommit(span->seed, hak_window.page))
		give_up(span);
	return span->seed;
}

/*
 * A foreign mapping is in the way. Move the seed behind it, to the start of the
 * next step.
 */
static int carry(struct hak_span *span, char *address)
{
	size_t page = hak_window.page;
	int err = hak_map_at(address, page);

	if (err)
		return err;
	err = hak_map_move(address, page, span->seed, page);
	if (err)
		hak_unmap(address, page);
	else
		span->seed = address;
	return err;
}

int hak_seed_grow(struct hak_span *span, uint32_t count)
{
	char *address = hak_span_address(span, span->mapped);
	size_t bytes = (size_t)count << HAK_SUPERSLAB_SHIFT;
	size_t page = hak_window.page;
	bool last = span->mapped + count == span->limit;
	/*
	 * bytes for the new superslabs and the next seed, without the page of this
	 * seed
	 */
	size_t more = last ? bytes - page : bytes;
	int err = span->seed == address ? 0 : carry(span, address);

	if (err)
		return err;
	if (!hak_map_grow(address, page, more)) {
		span->seed = last ? NULL : address + bytes;
		return 0;
	}
	/*
	 * The growth failed. Map memory to find out whether a foreign mapping
	 * is in the way, or whether the kernel has no more memory.
	 */
	err = hak_map_at(address + page, more);
	if (err)
		return err;
	hak_unmap(address + page, more);
	return -ENOMEM;
}

void hak_seed_plant(struct hak_span *span)
{
	size_t page = hak_window.page;

	/* Steps from the kernel's pool of huge pages do not grow. */
	if (hak_option(HAK_OPTION_HUGE) == HAK_HUGE_HUGETLB ||
	    hak_map_at(span->base, page))
		return;
	span->seed = span->base;
	if (hak_place(span->base, page, span->node))
		give_up(span);
}
