/* SPDX-License-Identifier: MIT */
/*
 * timeline.h - many snapshots of a process's memory, as columns of a picture. A
 * span is a band of rows; a row of the picture stands for one superslab or more.
 */
#pragma once

#include "cli/snapshot.h"

struct hak_timeline;

/* Make a timeline without snapshots. Returns NULL when there is no memory. */
struct hak_timeline *hak_timeline_new(void);

void hak_timeline_free(struct hak_timeline *timeline);

/*
 * Add a snapshot; seconds is the time since the first snapshot. Returns 0 or
 * -ENOMEM.
 */
int hak_timeline_add(struct hak_timeline *timeline,
		     const struct hak_snapshot *snapshot, double seconds);

/*
 * The number of columns; the number of added snapshots; the seconds from the first
 * snapshot to the last column.
 */
uint32_t hak_timeline_columns(const struct hak_timeline *timeline);
uint64_t hak_timeline_snapshots(const struct hak_timeline *timeline);
double hak_timeline_seconds(const struct hak_timeline *timeline);

struct hak_timeline_band {
	uint32_t span;
	uint32_t node; /* as in struct hakmem_view */
	uint32_t rows; /* number */
	uint32_t shift; /* a row stands for 1 << shift superslabs */
};

/* The number of bands, and the band of one span. */
uint32_t hak_timeline_bands(const struct hak_timeline *timeline);
struct hak_timeline_band hak_timeline_band(const struct hak_timeline *timeline,
					   uint32_t span);

/* The heat of a row's hottest superslab; HAK_NOT_SEEN when none was observed. */
uint8_t hak_timeline_heat(const struct hak_timeline *timeline,
			  const struct hak_timeline_band *band, uint32_t column,
			  uint32_t row);
