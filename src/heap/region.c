/* SPDX-License-Identifier: MIT */
/*
 * region.c - a stretch of addresses, mapped as far as needed.
 *
 * Calls   os/map.h.
 */
#include "heap/region.h"

#include "heap/window.h"
#include "numa/place.h"
#include "os/map.h"
#include "base/bits.h"

enum { STEP_BYTES = 64 << 10 };

/*
 * Lengthen the mapping that contains the region's last page, so that the new part
 * gets the same settings. No program changes the settings of this page, because no
 * block is in the page.
 */
static bool grow(const struct hak_region *region, char *next, size_t more)
{
	size_t page = hak_window.page;

	return region->mapped && hak_place_once() &&
	       !hak_map_grow(next - page, page, more);
}

bool hak_region_reach(struct hak_region *region, size_t bytes)
{
	char *next = region->base + region->mapped;
	size_t more;

	if (bytes <= region->mapped)
		return true;
	if (bytes > region->limit)
		return false;
	more = hak_round_up(bytes - region->mapped, STEP_BYTES);
	if (!grow(region, next, more)) {
		if (hak_map_at(next, more))
			return false;
		if (hak_place_records(next, more, region->node)) {
			hak_unmap(next, more);
			return false;
		}
	}
	region->mapped += more;
	return true;
}
