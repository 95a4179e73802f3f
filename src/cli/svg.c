/* SPDX-License-Identifier: MIT */
/*
 * svg.c - draws looks at a process's memory.
 *
 * Cells of one heat that follow each other in time are one rectangle; what was
 * not seen is the background. Called by heat.c, which sees whether the file
 * could be written.
 */
#include "svg.h"

#include "stats.h"

#include <inttypes.h>
#include <string.h>

enum {
	LEFT = 112,
	TOP = 44,
	GAP = 16,
	WIDTH = 840,
	HEIGHT = 600,
	LEGEND = 210
};
enum { CELL_WIDTH_MAX = 24, CELL_HEIGHT_MAX = 12, HEATS = 10 };

struct frame {
	const struct hak_film *film;
	FILE *file;
	double cell_width;
	double cell_height;
	double width; /* of a band */
	double bottom;
};

/* From cold to hot; hues that a colour-blind eye keeps apart by lightness. */
static const char *const colours[HEATS] = {
	"#313695", "#4575b4", "#74add1", "#abd9e9", "#e0f3f8",
	"#fee090", "#fdae61", "#f46d43", "#d73027", "#a50026",
};

static double least(double one, double other)
{
	return one < other ? one : other;
}

static double band_height(const struct frame *frame,
			  const struct hak_film_band *band)
{
	double height = band->rows * frame->cell_height;

	return height > GAP ? height : GAP; /* its label has to fit */
}

static struct frame make_frame(const struct hak_film *film, FILE *file)
{
	struct frame frame = { .film = film, .file = file, .bottom = TOP };
	uint32_t columns = hak_film_columns(film);
	uint32_t bands = hak_film_bands(film);
	uint32_t rows = 0;

	for (uint32_t i = 0; i < bands; i++)
		rows += hak_film_band(film, i).rows;
	frame.cell_width =
		least(CELL_WIDTH_MAX, (double)WIDTH / (columns ? columns : 1));
	frame.cell_height =
		least(CELL_HEIGHT_MAX, (double)HEIGHT / (rows ? rows : 1));
	frame.width = frame.cell_width * columns;
	for (uint32_t i = 0; i < bands; i++) {
		struct hak_film_band band = hak_film_band(film, i);

		if (band.rows)
			frame.bottom += band_height(&frame, &band) + GAP;
	}
	return frame;
}

static void put_text(FILE *file, const char *text)
{
	for (; *text; text++)
		if (*text == '<')
			fputs("&lt;", file);
		else if (*text == '>')
			fputs("&gt;", file);
		else if (*text == '&')
			fputs("&amp;", file);
		else
			putc(*text, file);
}

static void put_head(const struct frame *frame, const char *title)
{
	const int legend_bottom = TOP + (HEATS + 2) * GAP;
	double bottom = frame->bottom + GAP;
	double width = LEFT + (frame->width > 300 ? frame->width : 300) + 24;

	fprintf(frame->file,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" "
		"height=\"%.0f\" font-family=\"sans-serif\" "
		"font-size=\"12\">\n<style>rect{shape-rendering:crispEdges}",
		width + LEGEND,
		bottom > legend_bottom ? bottom : legend_bottom);
	for (int heat = 0; heat < HEATS; heat++)
		fprintf(frame->file, ".h%d{fill:%s}", heat, colours[heat]);
	fputs(".n{fill:#d9d9d9}</style>\n<title>", frame->file);
	put_text(frame->file, title);
	fputs("</title>\n<rect width=\"100%\" height=\"100%\" "
	      "fill=\"white\"/>\n",
	      frame->file);
	fprintf(frame->file, "<text x=\"%d\" y=\"20\" font-size=\"14\">", LEFT);
	put_text(frame->file, title);
	fputs("</text>\n", frame->file);
}

static void put_legend(const struct frame *frame)
{
	double x = LEFT + (frame->width > 300 ? frame->width : 300) + 24;

	for (int i = 0; i <= HEATS; i++) {
		int heat = HEATS - 1 - i; /* -1: not seen */
		int y = TOP + i * GAP;
		char class[8] = "n";

		if (heat >= 0)
			snprintf(class, sizeof(class), "h%d", heat);

		fprintf(frame->file,
			"<rect class=\"%s\" x=\"%.0f\" y=\"%d\" "
			"width=\"12\" height=\"12\"/><text x=\"%.0f\" "
			"y=\"%d\">",
			class, x, y, x + 18, y + 11);
		if (heat > 0)
			fprintf(frame->file, "%d: written within %d ms", heat,
				1 << (HEATS - 1 - heat));
		else if (!heat)
			fprintf(frame->file, "0: not within %d ms",
				1 << (HEATS - 2));
		else
			fputs("not seen", frame->file);
		fputs("</text>\n", frame->file);
	}
}

static void put_row(const struct frame *frame, const struct hak_film_band *band,
		    uint32_t row, double y)
{
	uint32_t columns = hak_film_columns(frame->film);
	uint32_t end;

	for (uint32_t at = 0; at < columns; at = end) {
		uint8_t heat = hak_film_heat(frame->film, band, at, row);

		for (end = at + 1; end < columns; end++)
			if (hak_film_heat(frame->film, band, end, row) != heat)
				break;
		if (heat < HEATS)
			fprintf(frame->file,
				"<rect class=\"h%d\" x=\"%.2f\" y=\"%.2f\" "
				"width=\"%.2f\" height=\"%.2f\"/>\n",
				heat, LEFT + at * frame->cell_width, y,
				(end - at) * frame->cell_width,
				frame->cell_height);
	}
}

static void put_band(const struct frame *frame,
		     const struct hak_film_band *band, double y)
{
	char label[HAK_SIGHT_LABEL_BYTES];

	hak_sight_label(band->node, label);
	fprintf(frame->file,
		"<text x=\"8\" y=\"%.2f\">%s</text>\n<rect class=\"n\" "
		"x=\"%d\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\"/>\n",
		y + 12, label, LEFT, y, frame->width,
		band->rows * frame->cell_height);
	for (uint32_t row = 0; row < band->rows; row++)
		put_row(frame, band, row, y + row * frame->cell_height);
	if (band->shift)
		fprintf(frame->file,
			"<text x=\"8\" y=\"%.2f\" font-size=\"9\">row: %u "
			"superslabs</text>\n",
			y + 24, 1u << band->shift);
}

void hak_svg_write(const struct hak_film *film, const char *title, FILE *file)
{
	struct frame frame = make_frame(film, file);
	uint32_t bands = hak_film_bands(film);
	double y = TOP;

	put_head(&frame, title);
	for (uint32_t i = 0; i < bands; i++) {
		struct hak_film_band band = hak_film_band(film, i);

		if (!band.rows)
			continue;
		put_band(&frame, &band, y);
		y += band_height(&frame, &band) + GAP;
	}
	fprintf(file,
		"<text x=\"%d\" y=\"%.2f\">%" PRIu64
		" looks, %.1f s from first to "
		"last; a row is 2 MiB unless it says more</text>\n",
		LEFT, y + 2, hak_film_looks(film), hak_film_seconds(film));
	put_legend(&frame);
	fputs("</svg>\n", file);
}
