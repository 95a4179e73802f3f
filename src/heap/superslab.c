/* SPDX-License-Identifier: MIT */
/*
 * superslab.c - the state of 2 MiB, and the holders of the units.
 *
 * Locks   the caller holds the span's or the node's lock, as the state says.
 */
#include "heap/superslab.h"

#include "base/bits.h"
#include "base/fault.h"

#include <string.h>

typedef unsigned __int128 bits128;

#define TO(state) (1U << HAK_SUPERSLAB_##state)

/* The permitted next states. */
static const uint8_t next[] = {
	[HAK_SUPERSLAB_NONE] = TO(FRESH),
	[HAK_SUPERSLAB_FRESH] = TO(LIVE) | TO(NONE),
	[HAK_SUPERSLAB_LIVE] = TO(EMPTY) | TO(DECOMMITTED),
	[HAK_SUPERSLAB_EMPTY] = TO(LIVE) | TO(INFLIGHT),
	[HAK_SUPERSLAB_INFLIGHT] = TO(DECOMMITTED) | TO(LAZY) | TO(EMPTY) |
				   TO(NONE),
	[HAK_SUPERSLAB_DECOMMITTED] = TO(LIVE) | TO(NONE),
	[HAK_SUPERSLAB_LAZY] = TO(LIVE) | TO(NONE),
};

void hak_superslab_set(struct hak_superslab *superslab,
		       enum hak_superslab_state state)
{
	if (hak_unlikely(!(next[superslab->state] & 1U << state)))
		hak_fault_state("superslab state");
	superslab->state = (uint8_t)state;
}

static bits128 word128(const uint64_t words[2])
{
	return (bits128)words[1] << 64 | words[0];
}

static bits128 mask128(unsigned first, unsigned units)
{
	bits128 ones = units >= 128 ? ~(bits128)0 : ((bits128)1 << units) - 1;

	return ones << first;
}

static void set128(uint64_t words[2], bits128 bits)
{
	words[0] = (uint64_t)bits;
	words[1] = (uint64_t)(bits >> 64);
}

/* A set of bits with one bit at each multiple of `align`. */
static bits128 every(unsigned align)
{
	bits128 bits = 1;

	for (; align < 128; align *= 2)
		bits |= bits << align;
	return bits;
}

void hak_superslab_open(struct hak_superslab *superslab, bool zero)
{
	superslab->large = false;
	/*
	 * Memory that went back to the kernel as a whole can get huge pages
	 * again.
	 */
	superslab->split &= !zero;
	superslab->units_free = HAK_UNITS;
	set128(superslab->free, ~(bits128)0);
	set128(superslab->unread, zero ? ~(bits128)0 : 0);
}

unsigned hak_superslab_find(const struct hak_superslab *superslab,
			    unsigned units, unsigned align)
{
	bits128 starts = word128(superslab->free);
	unsigned have = 1;
	unsigned more;

	if (superslab->units_free < units)
		return HAK_UNITS;
	/*
	 * A row of n free units starts where n bitmaps, shifted by 0 to n - 1,
	 * all have a 1. So AND these bitmaps.
	 */
	while (have < units) {
		more = units - have < have ? units - have : have;
		starts &= starts >> more;
		have += more;
	}
	starts &= every(align);
	if ((uint64_t)starts)
		return hak_lowest_bit((uint64_t)starts);
	if (starts)
		return 64 + hak_lowest_bit((uint64_t)(starts >> 64));
	return HAK_UNITS;
}

bool hak_superslab_has(const struct hak_superslab *superslab, unsigned first,
		       unsigned units)
{
	bits128 mask;

	if (first + units > HAK_UNITS)
		return false;
	mask = mask128(first, units);
	return (word128(superslab->free) & mask) == mask;
}

bool hak_superslab_take(struct hak_superslab *superslab, unsigned first,
			unsigned units)
{
	bits128 mask = mask128(first, units);
	bits128 free = word128(superslab->free);
	bits128 unread = word128(superslab->unread);

	hak_assert((free & mask) == mask, "units taken twice");
	set128(superslab->free, free & ~mask);
	set128(superslab->unread, unread & ~mask);
	superslab->units_free = (uint16_t)(superslab->units_free - units);
	memset(superslab->first + first, (int)first, units);
	return (unread & mask) == mask;
}

void hak_superslab_give(struct hak_superslab *superslab, unsigned first,
			unsigned units)
{
	bits128 mask = mask128(first, units);
	bits128 free = word128(superslab->free);

	hak_assert((free & mask) == 0, "units given twice");
	set128(superslab->free, free | mask);
	superslab->units_free = (uint16_t)(superslab->units_free + units);
}

static unsigned count128(bits128 bits)
{
	return hak_count_bits((uint64_t)bits) +
	       hak_count_bits((uint64_t)(bits >> 64));
}

unsigned hak_superslab_spare(const struct hak_superslab *superslab, bool unread,
			     uint64_t ret_units[2])
{
	bits128 spare = word128(superslab->free);

	if (!unread)
		spare &= ~word128(superslab->unread);
	set128(ret_units, spare);
	return count128(spare);
}

void hak_superslab_take_out(struct hak_superslab *superslab,
			    const uint64_t units[2])
{
	bits128 bits = word128(units);
	bits128 free = word128(superslab->free);

	hak_assert((free & bits) == bits, "units taken twice");
	set128(superslab->free, free & ~bits);
	superslab->units_free =
		(uint16_t)(superslab->units_free - count128(bits));
}

void hak_superslab_put_in(struct hak_superslab *superslab,
			  const uint64_t units[2], const uint64_t zero[2])
{
	bits128 bits = word128(units);
	bits128 free = word128(superslab->free);

	hak_assert((free & bits) == 0, "units given twice");
	set128(superslab->free, free | bits);
	set128(superslab->unread,
	       word128(superslab->unread) | (word128(zero) & bits));
	superslab->units_free =
		(uint16_t)(superslab->units_free + count128(bits));
}

bool hak_row_next(const uint64_t units[2], struct hak_row *row)
{
	unsigned i = row->first + row->count;

	while (i < HAK_UNITS && !(units[i / 64] >> i % 64 & 1))
		i++;
	row->first = i;
	while (i < HAK_UNITS && units[i / 64] >> i % 64 & 1)
		i++;
	row->count = i - row->first;
	return row->count > 0;
}

void hak_row_add(uint64_t units[2], const struct hak_row *row)
{
	set128(units, word128(units) | mask128(row->first, row->count));
}
