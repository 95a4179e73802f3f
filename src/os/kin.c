/* SPDX-License-Identifier: MIT */
/*
 * kin.c - words that a child process finds wiped, whichever way it was forked.
 *
 * Owns    the page that has them.
 * Calls   map.h, limits.h.   Called by  heap/bell.c, heap/decommit.c, cache/.
 */
#include "os/kin.h"

#include "os/limits.h"
#include "os/map.h"
#include "base/atomic.h"

/* Where there is no such page (before Linux 4.14) only fork handlers tell. */
static struct hak_kin plain;

struct hak_kin *hak_kin = &plain;

void hak_kin_open(void)
{
	size_t bytes = hak_limits_page();
	void *page;

	if (hak_kin == &plain && !hak_map_new(bytes, &page)) {
		if (hak_map_wiped_in_child(page, bytes))
			hak_unmap(page, bytes);
		else
			hak_kin = page;
	}
	hak_write_once(&hak_kin->told, HAK_KIN_ALL);
}
