/* SPDX-License-Identifier: MIT */
/*
 * kin.c - words that read as zero in a child, whatever call forked the child.
 *
 * Owns    the page with these words.
 * Calls   map.h, limits.h.
 */
#include "os/kin.h"

#include "os/limits.h"
#include "os/map.h"
#include "base/atomic.h"

/*
 * The words, if the kernel cannot fill a page with zeroes in a child (before Linux
 * 4.14). Then only fork handlers detect a fork.
 */
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
