/* SPDX-License-Identifier: MIT */
/*
 * csv.h - snapshots of a process's memory as comma separated values, with one
 * line for each superslab and snapshot. The format is RFC 4180, but lines end
 * with a newline alone.
 */
#pragma once

#include "cli/snapshot.h"

#include <stdio.h>

/* Write the line with the names of the columns. */
void hak_csv_write_head(FILE *file);

/* Write a snapshot; time is in seconds since 1970. */
void hak_csv_write_snapshot(FILE *file, const struct hak_snapshot *snapshot,
			    double time);
