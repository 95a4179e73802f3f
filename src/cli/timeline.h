/* SPDX-License-Identifier: MIT */
/*
 * timeline.h - many looks at a process's memory, as columns of a picture: a band
 * of rows for each span, a row for one superslab or more.
 */
#pragma once

#include "snapshot.h"

struct hak_film;

/* Without looks; NULL when there is no memory. */
struct hak_film *hak_film_new(void);

void hak_film_free(struct hak_film *film);

/* Add a look, made so many seconds after the first. 0, or -ENOMEM. */
int hak_film_add(struct hak_film *film, const struct hak_look *look,
		 double seconds);

/* How many columns, and the time of the last. */
uint32_t hak_film_columns(const struct hak_film *film);
uint64_t hak_film_looks(const struct hak_film *film);
double hak_film_seconds(const struct hak_film *film);

struct hak_film_band {
	uint32_t span;
	uint32_t node; /* as in struct hakmem_view */
	uint32_t rows;
	uint32_t shift; /* a row stands for 1 << shift superslabs */
};

/* How many spans, and one of them. */
uint32_t hak_film_bands(const struct hak_film *film);
struct hak_film_band hak_film_band(const struct hak_film *film, uint32_t span);

/* The hottest of a row's superslabs at a look; 255 when none was seen. */
uint8_t hak_film_heat(const struct hak_film *film,
		      const struct hak_film_band *band, uint32_t column,
		      uint32_t row);
