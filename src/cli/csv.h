/* SPDX-License-Identifier: MIT */
/*
 * csv.h - looks at a process's memory as comma separated values (RFC 4180,
 * but for line ends): a line for each superslab and look.
 */
#pragma once

#include "snapshot.h"

#include <stdio.h>

/* Write the line with the names of the columns. */
void hak_csv_write_head(FILE *file);

/* Write a look, made at a time in seconds since 1970. */
void hak_csv_write_snapshot(FILE *file, const struct hak_snapshot *snapshot,
			    double time);
