/* SPDX-License-Identifier: MIT */
/*
 * show.h - prints a snapshot of a process's memory on stdout.
 */
#pragma once

#include "cli/snapshot.h"

/*
 * Print the process's name, a digit for the heat of each superslab (if digits is set),
 * and the number of superslabs with each digit.
 */
void hak_show_snapshot(pid_t process, const char *name,
		       const struct hak_snapshot *snapshot, bool digits);
