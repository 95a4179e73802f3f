/* SPDX-License-Identifier: MIT */
/*
 * show.h - a look at a process's memory, printed on stdout.
 */
#pragma once

#include "snapshot.h"

/*
 * Print who it is, the digit of each superslab (if asked for), and how many
 * there are of each.
 */
void hak_show_snapshot(pid_t process, const char *name,
		       const struct hak_snapshot *snapshot, bool digits);
