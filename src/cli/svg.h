/* SPDX-License-Identifier: MIT */
/*
 * svg.h - a picture of many snapshots of a process's memory: time to the right,
 * superslabs downwards by node, colour for heat.
 */
#pragma once

#include "cli/timeline.h"

#include <stdio.h>

/* Write the picture. The title has printable ASCII only. */
void hak_svg_write(const struct hak_timeline *timeline, const char *title,
		   FILE *file);
