/* SPDX-License-Identifier: MIT */
/*
 * region.h - a range of addresses for records, mapped from its start as far as
 * needed.
 *
 * Locks   none of its own: the owner's lock guards a region.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct hak_region {
	char *base;
	size_t mapped; /* bytes */
	size_t limit; /* bytes of addresses */
	unsigned node; /* preferred node of the memory */
};

/* Make the first `bytes` bytes usable; false if the kernel refuses. */
bool hak_region_reach(struct hak_region *region, size_t bytes);
