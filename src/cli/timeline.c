/* SPDX-License-Identifier: MIT */
/*
 * timeline.c - keeps looks at a process's memory, for a picture of them all.
 *
 * A picture has bounds, what is looked at has none: a row may stand for many
 * superslabs (the hottest counts), and of many looks each second one is
 * dropped. Called by heat.c, svg.c.
 */
#include "timeline.h"

#include "stats.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS_MAX = 512, ROWS_MAX = 768, ROWS_MIN = 16, HEATS = 10 };

/* A span at one look; each row stands for 1 << shift superslabs. */
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

struct hak_film {
	uint64_t looks;
	uint64_t every; /* so manieth look is kept */
	uint32_t columns;
	struct column column[COLUMNS_MAX];
};

struct hak_film *hak_film_new(void)
{
	struct hak_film *film = calloc(1, sizeof(*film));

	if (film)
		film->every = 1;
	return film;
}

static void free_column(struct column *column)
{
	for (uint32_t i = 0; i < column->spans; i++)
		free(column->strips[i].heat);
	free(column->strips);
}

void hak_film_free(struct hak_film *film)
{
	for (uint32_t i = 0; film && i < film->columns; i++)
		free_column(&film->column[i]);
	free(film);
}

static uint8_t hotter(uint8_t one, uint8_t other)
{
	if (one >= HEATS)
		return other;
	return other < HEATS && other > one ? other : one;
}

/* Rows where each stands for 1 << shift as many. */
static uint32_t coarser(uint32_t rows, uint32_t shift)
{
	return (rows + (1u << shift) - 1) >> shift;
}

static int fill_strip(struct strip *strip, const struct hakmem_view *view,
		      uint32_t rows_max)
{
	uint32_t count = view->superslabs;

	strip->node = view->node;
	while (coarser(count, strip->shift) > rows_max)
		strip->shift++;
	strip->rows = coarser(count, strip->shift);
	strip->heat = malloc(strip->rows + 1);
	if (!strip->heat)
		return -ENOMEM;
	memset(strip->heat, HAK_NOT_SEEN, strip->rows + 1);
	for (uint32_t i = 0; i < count; i++) {
		uint8_t *row = &strip->heat[i >> strip->shift];

		*row = hotter(*row, view->glance[i].heat);
	}
	return 0;
}

static int fill_column(struct column *column, const struct hak_look *look)
{
	uint32_t spans = look->view ? look->page.spans : 0;
	uint32_t share = spans ? ROWS_MAX / spans : 0;
	int result = 0;

	column->strips = calloc(spans + 1, sizeof(*column->strips));
	if (!column->strips)
		return -ENOMEM;
	for (; column->spans < spans && !result; column->spans++)
		result = fill_strip(&column->strips[column->spans],
				    &look->view[column->spans],
				    share > ROWS_MIN ? share : ROWS_MIN);
	return result;
}

int hak_film_add(struct hak_film *film, const struct hak_look *look,
		 double seconds)
{
	struct column column = { .seconds = seconds };
	int result;

	if (film->looks++ % film->every)
		return 0;
	if (film->columns == COLUMNS_MAX) {
		for (uint32_t i = 0; i < COLUMNS_MAX; i++)
			if (i % 2)
				free_column(&film->column[i]);
			else
				film->column[i / 2] = film->column[i];
		film->columns = COLUMNS_MAX / 2;
		film->every *= 2;
	}
	result = fill_column(&column, look);
	if (result)
		free_column(&column);
	else
		film->column[film->columns++] = column;
	return result;
}

uint32_t hak_film_columns(const struct hak_film *film)
{
	return film->columns;
}

uint64_t hak_film_looks(const struct hak_film *film)
{
	return film->looks;
}

double hak_film_seconds(const struct hak_film *film)
{
	return film->columns ? film->column[film->columns - 1].seconds : 0;
}

uint32_t hak_film_bands(const struct hak_film *film)
{
	uint32_t bands = 0;

	for (uint32_t i = 0; i < film->columns; i++)
		if (film->column[i].spans > bands)
			bands = film->column[i].spans;
	return bands;
}

static const struct strip *strip_of(const struct hak_film *film,
				    uint32_t column, uint32_t span)
{
	return span < film->column[column].spans
		       ? &film->column[column].strips[span]
		       : NULL;
}

struct hak_film_band hak_film_band(const struct hak_film *film, uint32_t span)
{
	struct hak_film_band band = { .span = span };
	const struct strip *strip;

	for (uint32_t i = 0; i < film->columns; i++) {
		strip = strip_of(film, i, span);
		if (strip && strip->shift > band.shift)
			band.shift = strip->shift;
	}
	for (uint32_t i = 0; i < film->columns; i++) {
		uint32_t rows;

		strip = strip_of(film, i, span);
		if (!strip)
			continue;
		rows = coarser(strip->rows, band.shift - strip->shift);
		band.node = strip->node;
		if (rows > band.rows)
			band.rows = rows;
	}
	return band;
}

uint8_t hak_film_heat(const struct hak_film *film,
		      const struct hak_film_band *band, uint32_t column,
		      uint32_t row)
{
	const struct strip *strip = strip_of(film, column, band->span);
	uint32_t shift = strip ? band->shift - strip->shift : 0;
	uint8_t heat = HAK_NOT_SEEN;

	for (uint32_t i = row << shift;
	     strip && i < (row + 1) << shift && i < strip->rows; i++)
		heat = hotter(heat, strip->heat[i]);
	return heat;
}
