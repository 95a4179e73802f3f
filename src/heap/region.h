/* SPDX-License-Identifier: MIT */
/*
 * region.h - a stretch of addresses that is claimed from its start, as far as
 * it is needed: where metadata lies.
 *
 * Locks   none of its own: the owner's lock guards it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct hak_region {
	char *base;
	size_t claimed; /* bytes */
	size_t limit;
	unsigned node; /* that its memory is to lie on */
};

/* Makes the first `bytes` bytes usable; false when the kernel refuses. */
bool hak_region_reach(struct hak_region *region, size_t bytes);
