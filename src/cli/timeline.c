/* SPDX-License-Identifier: MIT */
/*
 * timeline.c - stores the snapshots of a process's memory for one picture.
 *
 * The picture has a limited size, but memory and time have no limit. So a row may stand
 * for many superslabs, and shows the heat of the hottest. When all columns are in use,
 * the timeline drops every second column.
 * Calls   snapshot.h.
 */
#include "cli/timeline.h"

#include "base/stats.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS_MAX = 512, ROWS_MAX = 768, ROWS_MIN = 16 };

/* A span in a snapshot, as rows of the picture: a row for 1 << shift superslabs. */
struct strip {
	uint32_t node;
	uint32_t shift;
	uint32_t rows;
	uint8_t *heat;
};

struct column {
	double seconds;
	uint32_t spans;
	struct strip *strips;
};

struct hak_timeline {
	uint64_t snapshots;  /* the number of added snapshots */
	uint64_t keep_every; /* one snapshot in keep_every makes a column */
	uint32_t columns;
	struct column column[COLUMNS_MAX];
};

struct hak_timeline *hak_timeline_new(void)
{
	struct hak_timeline *timeline = calloc(1, sizeof(*timeline));

	if (timeline)
		timeline->keep_every = 1;
	return timeline;
}

static void free_column(struct column *column)
{
	for (uint32_t i = 0; i < column->spans; i++)
		free(column->strips[i].heat);
	free(column->strips);
}

void hak_timeline_free(struct hak_timeline *timeline)
{
	for (uint32_t i = 0; timeline && i < timeline->columns; i++)
		free_column(&timeline->column[i]);
	free(timeline);
}

static uint8_t hotter_of(uint8_t one, uint8_t other)
{
	if (one >= HAK_SNAPSHOT_HEATS)
		return other;
	return other < HAK_SNAPSHOT_HEATS && other > one ? other : one;
}

/* The number of rows when each row stands for 1 << shift of the given rows. */
static uint32_t rows_at_shift(uint32_t rows, uint32_t shift)
{
	return (rows + (1u << shift) - 1) >> shift;
}

static int fill_strip(struct strip *strip, const struct hakmem_view *view,
		      uint32_t rows_max)
{
	uint32_t count = view->superslabs;

	strip->node = view->node;
	while (rows_at_shift(count, strip->shift) > rows_max)
		strip->shift++;
	strip->rows = rows_at_shift(count, strip->shift);
	strip->heat = malloc(strip->rows + 1);
	if (!strip->heat)
		return -ENOMEM;
	memset(strip->heat, HAK_NOT_SEEN, strip->rows + 1);
	for (uint32_t i = 0; i < count; i++) {
		uint8_t *row = &strip->heat[i >> strip->shift];

		*row = hotter_of(*row, view->history[i].heat);
	}
	return 0;
}

static int fill_column(struct column *column,
		       const struct hak_snapshot *snapshot)
{
	uint32_t spans = snapshot->view ? snapshot->page.spans : 0;
	uint32_t rows_share = spans ? ROWS_MAX / spans : 0;
	int result = 0;

	column->strips = calloc(spans + 1, sizeof(*column->strips));
	if (!column->strips)
		return -ENOMEM;
	for (; column->spans < spans && !result; column->spans++)
		result = fill_strip(&column->strips[column->spans],
				    &snapshot->view[column->spans],
				    rows_share > ROWS_MIN ? rows_share
							  : ROWS_MIN);
	return result;
}

int hak_timeline_add(struct hak_timeline *timeline,
		     const struct hak_snapshot *snapshot, double seconds)
{
	struct column column = { .seconds = seconds };
	int result;

	if (timeline->snapshots++ % timeline->keep_every)
		return 0;
	if (timeline->columns == COLUMNS_MAX) {
		for (uint32_t i = 0; i < COLUMNS_MAX; i++)
			if (i % 2)
				free_column(&timeline->column[i]);
			else
				timeline->column[i / 2] = timeline->column[i];
		timeline->columns = COLUMNS_MAX / 2;
		timeline->keep_every *= 2;
	}
	result = fill_column(&column, snapshot);
	if (result)
		free_column(&column);
	else
		timeline->column[timeline->columns++] = column;
	return result;
}

uint32_t hak_timeline_columns(const struct hak_timeline *timeline)
{
	return timeline->columns;
}

uint64_t hak_timeline_snapshots(const struct hak_timeline *timeline)
{
	return timeline->snapshots;
}

double hak_timeline_seconds(const struct hak_timeline *timeline)
{
	return timeline->columns
		       ? timeline->column[timeline->columns - 1].seconds
		       : 0;
}

uint32_t hak_timeline_bands(const struct hak_timeline *timeline)
{
	uint32_t bands = 0;

	for (uint32_t i = 0; i < timeline->columns; i++)
		if (timeline->column[i].spans > bands)
			bands = timeline->column[i].spans;
	return bands;
}

static const struct strip *find_strip(const struct hak_timeline *timeline,
				      uint32_t column, uint32_t span)
{
	return span < timeline->column[column].spans
		       ? &timeline->column[column].strips[span]
		       : NULL;
}

struct hak_timeline_band hak_timeline_band(const struct hak_timeline *timeline,
					   uint32_t span)
{
	struct hak_timeline_band band = { .span = span };
	const struct strip *strip;

	for (uint32_t i = 0; i < timeline->columns; i++) {
		strip = find_strip(timeline, i, span);
		if (strip && strip->shift > band.shift)
			band.shift = strip->shift;
	}
	for (uint32_t i = 0; i < timeline->columns; i++) {
		uint32_t rows;

		strip = find_strip(timeline, i, span);
		if (!strip)
			continue;
		rows = rows_at_shift(strip->rows, band.shift - strip->shift);
		band.node = strip->node;
		if (rows > band.rows)
			band.rows = rows;
	}
	return band;
}

uint8_t hak_timeline_heat(const struct hak_timeline *timeline,
			  const struct hak_timeline_band *band, uint32_t column,
			  uint32_t row)
{
	const struct strip *strip = find_strip(timeline, column, band->span);
	uint32_t shift = strip ? band->shift - strip->shift : 0;
	uint8_t heat = HAK_NOT_SEEN;

	for (uint32_t i = row << shift;
	     strip && i < (row + 1) << shift && i < strip->rows; i++)
		heat = hotter_of(heat, strip->heat[i]);
	return heat;
}
