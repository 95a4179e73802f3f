/* SPDX-License-Identifier: MIT */
/*
 * missing.c - owners whose thread a fork child does not have.
 *
 * Owns    the lock of missing owners.
 * Locks   hak_missing; under hak_missing also span->lock.
 * Calls   owner.h, slab.h, window.h.
 */
#include "heap/missing.h"

#include "heap/owner.h"
#include "heap/sizeclass.h"
#include "heap/slab.h"
#include "heap/window.h"
#include "base/bits.h"

/* superslabs searched under one hold of the span's lock */
enum { SUPERSLABS_AT_ONCE = 64 };

struct hak_lock hak_missing;

void hak_missing_init(void)
{
	hak_lock_init(&hak_missing, HAK_LOCK_MISSING);
}

/* The slab of a missing owner that begins with the unit, or NULL. */
static struct hak_slab *find_locked(const struct hak_span *span, size_t unit,
				    uint32_t entry) HAK_REQUIRES(hak_missing)
{
	struct hak_slab *slab = &span->slab[unit];
	const struct hak_owner *owner = slab->owner;
	unsigned class = hak_entry_class(entry);

	hak_lock_assert(&hak_missing);
	if (!owner || !owner->missing || owner->key != hak_entry_key(entry))
		return NULL;
	if (slab->start != hak_span_unit(span, 0, 0) + unit * HAK_UNIT_BYTES ||
	    slab->class != class || slab->blocks != hak_sizeclass[class].blocks)
		return NULL;
	return slab;
}

/*
 * The bitmaps tell which blocks are free. Compute all other fields from the
 * bitmaps. No thread frees a block of the slab meanwhile: the parent's threads are
 * missing, and the child's other threads wait for the lock hak_missing.
 */
static void rebuild_locked(struct hak_slab *slab) HAK_REQUIRES(hak_missing)
{
	struct hak_owner *owner = slab->owner;
	unsigned free = 0, back = 0;
	unsigned i, left = slab->blocks;
	uint64_t bits;

	hak_lock_assert(&hak_missing);
	for (i = 0; i < HAK_SLAB_WORDS && left; i++) {
		/* pairs with hak_slab_return_remote(): the blocks' contents */
		bits = hak_exchange_acquire(&slab->returned[i], 0) &
		       hak_low_mask(left) & ~slab->free_map[i];
		back += hak_count_bits(bits);
		hak_slab_set_free_map(slab, i, slab->free_map[i] | bits);
		free += hak_count_bits(slab->free_map[i]);
		left -= left < 64 ? left : 64;
	}
	hak_write_once(&slab->remote, free ? 0 : HAK_SLAB_FULL);
	owner->bytes_in += (uint64_t)back * hak_sizeclass[slab->class].bytes;
	slab->free = (uint16_t)free;
	slab->used = slab->blocks - free;
	slab->word = 0;
	slab->listed = false;
	slab->idle = false;
	owner->used[slab->class] += slab->used;
	if (free)
		hak_owner_list(owner, slab);
}

static void rebuild_superslab_locked(const struct hak_span *span,
				     size_t superslab) HAK_REQUIRES(hak_missing)
{
	size_t first = superslab * HAK_UNITS;
	struct hak_slab *slab;
	unsigned unit = 0;
	const char *address;
	uint32_t entry;

	hak_lock_assert(&hak_missing);
	while (unit < HAK_UNITS) {
		address = hak_span_unit(span, superslab, unit);
		entry = hak_window_entry(address);
		slab = hak_entry_key(entry)
			       ? find_locked(span, first + unit, entry)
			       : NULL;
		if (!slab) {
			unit++;
			continue;
		}
		/*
		 * The missing thread may not have set the entries of all units of
		 * the slab.
		 */
		hak_window_set(address, slab->units, entry);
		rebuild_locked(slab);
		unit += slab->units;
	}
}

/*
 * Put the slabs in some superslabs in order, from the index `first` on. Returns the
 * index of the next superslab, 0 at the span's end.
 */
static uint32_t rebuild_some_locked(struct hak_span *span, uint32_t first)
	HAK_REQUIRES(hak_missing)
{
	uint32_t end, i;

	hak_lock_assert(&hak_missing);
	hak_lock_take(&span->lock);
	end = first + SUPERSLABS_AT_ONCE;
	if (end > span->mapped)
		end = span->mapped;
	for (i = first; i < end; i++)
		if (span->superslab[i].state == HAK_SUPERSLAB_LIVE &&
		    !span->superslab[i].large)
			rebuild_superslab_locked(span, i);
	end = i < span->mapped ? i : 0;
	hak_lock_drop(&span->lock);
	return end;
}

void hak_missing_rebuild_locked(void)
{
	uint32_t at;
	unsigned i;

	hak_lock_assert(&hak_missing);
	for (i = 0; i < hak_window.spans; i++) {
		at = 0;
		do
			at = rebuild_some_locked(&hak_window.span[i], at);
		while (at);
	}
}
