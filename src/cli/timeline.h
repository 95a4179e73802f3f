/* SPDX-License-Identifier: MIT */
/*
 * timeline.h - many looks at a process's memory, as columns of a picture: a band
 * of rows for each span, a row for one superslab or more.
 */
#pragma once

#include "snapshot.h"

struct hak_timeline;

/* Without looks; NULL when there is no memory. */
struct hak_timeline *hak_timeline_new(void);

void hak_timeline_free(struct hak_timeline *timeline);

/* Add a look, made so many seconds after the first. 0, or -ENOMEM. */
int hak_timeline_add(struct hak_timeline *timeline,
		     const struct hak_snapshot *snapshot, double seconds);

/* How many columns, and the time of the last. */
uint32_t hak_timeline_columns(const struct hak_timeline *timeline);
uint64_t hak_timeline_snapshots(const struct hak_timeline *timeline);
double hak_timeline_seconds(const struct hak_timeline *timeline);

struct hak_timeline_band {
	uint32_t span;
	uint32_t node; /* as in struct hakmem_view */
	uint32_t rows;
	uint32_t shift; /* a row stands for 1 << shift superslabs */
};

/* How many spans, and one of them. */
uint32_t hak_timeline_bands(const struct hak_timeline *timeline);
struct hak_timeline_band hak_timeline_band(const struct hak_timeline *timeline,
					   uint32_t span);

/* The hottest of a row's superslabs at a look; 255 when none was seen. */
uint8_t hak_timeline_heat(const struct hak_timeline *timeline,
			  const struct hak_timeline_band *band, uint32_t column,
			  uint32_t row);
