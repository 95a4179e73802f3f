/* SPDX-License-Identifier: MIT */
/*
 * svg.c - draws the timeline of a process's memory.
 *
 * Neighbouring snapshots of a row with equal heat make one rectangle. A superslab that
 * was not observed shows the background. The caller checks for write errors.
 * Calls   timeline.h, snapshot.h.
 */
#include "cli/svg.h"

#include "base/stats.h"

#include <inttypes.h>
#include <string.h>

enum {
	PICTURE_LEFT = 112,
	PICTURE_TOP = 44,
	BAND_GAP = 16,
	PICTURE_WIDTH = 840,
	PICTURE_HEIGHT = 600,
	LEGEND_WIDTH = 210
};
enum { CELL_WIDTH_MAX = 24, CELL_HEIGHT_MAX = 12 };

struct frame {
	const struct hak_timeline *timeline;
	FILE *file;
	double cell_width;
	double cell_height;
	double width; /* of all columns together */
	double bottom;
};

/* From cold to hot. The lightness differs too, for colour-blind readers. */
static const char *const heat_colours[HAK_SNAPSHOT_HEATS] = {
	"#313695", "#4575b4", "#74add1", "#abd9e9", "#e0f3f8",
	"#fee090", "#fdae61", "#f46d43", "#d73027", "#a50026",
};

static double smaller_of(double one, double other)
{
	return one < other ? one : other;
}

static double band_height(const struct frame *frame,
			  const struct hak_timeline_band *band)
{
	double height = band->rows * frame->cell_height;

	return height > BAND_GAP ? height : BAND_GAP; /* room for the label */
}

static struct frame make_frame(const struct hak_timeline *timeline, FILE *file)
{
	struct frame frame = { .timeline = timeline,
			       .file = file,
			       .bottom = PICTURE_TOP };
	uint32_t columns = hak_timeline_columns(timeline);
	uint32_t bands = hak_timeline_bands(timeline);
	uint32_t rows = 0;

	for (uint32_t i = 0; i < bands; i++)
		rows += hak_timeline_band(timeline, i).rows;
	frame.cell_width =
		smaller_of(CELL_WIDTH_MAX,
			   (double)PICTURE_WIDTH / (columns ? columns : 1));
	frame.cell_height = smaller_of(
		CELL_HEIGHT_MAX, (double)PICTURE_HEIGHT / (rows ? rows : 1));
	frame.width = frame.cell_width * columns;
	for (uint32_t i = 0; i < bands; i++) {
		struct hak_timeline_band band = hak_timeline_band(timeline, i);

		if (band.rows)
			frame.bottom += band_height(&frame, &band) + BAND_GAP;
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
	const int legend_bottom =
		PICTURE_TOP + (HAK_SNAPSHOT_HEATS + 2) * BAND_GAP;
	double bottom = frame->bottom + BAND_GAP;
	double width =
		PICTURE_LEFT + (frame->width > 300 ? frame->width : 300) + 24;

	fprintf(frame->file,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" "
		"height=\"%.0f\" font-family=\"sans-serif\" "
		"font-size=\"12\">\n<style>rect{shape-rendering:crispEdges}",
		width + LEGEND_WIDTH,
		bottom > legend_bottom ? bottom : legend_bottom);
	for (int heat = 0; heat < HAK_SNAPSHOT_HEATS; heat++)
		fprintf(frame->file, ".h%d{fill:%s}", heat, heat_colours[heat]);
	fputs(".n{fill:#d9d9d9}</style>\n<title>", frame->file);
	put_text(frame->file, title);
	fputs("</title>\n<rect width=\"100%\" height=\"100%\" "
	      "fill=\"white\"/>\n",
	      frame->file);
	fprintf(frame->file, "<text x=\"%d\" y=\"20\" font-size=\"14\">",
		PICTURE_LEFT);
	put_text(frame->file, title);
	fputs("</text>\n", frame->file);
}

static void put_legend(const struct frame *frame)
{
	double x =
		PICTURE_LEFT + (frame->width > 300 ? frame->width : 300) + 24;

	for (int i = 0; i <= HAK_SNAPSHOT_HEATS; i++) {
		int heat = HAK_SNAPSHOT_HEATS - 1 - i; /* -1: not seen */
		int y = PICTURE_TOP + i * BAND_GAP;
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
				1 << (HAK_SNAPSHOT_HEATS - 1 - heat));
		else if (!heat)
			fprintf(frame->file, "0: not within %d ms",
				1 << (HAK_SNAPSHOT_HEATS - 2));
		else
			fputs("not seen", frame->file);
		fputs("</text>\n", frame->file);
	}
}

static void put_row(const struct frame *frame,
		    const struct hak_timeline_band *band, uint32_t row,
		    double y)
{
	uint32_t columns = hak_timeline_columns(frame->timeline);
	uint32_t end;

	for (uint32_t at = 0; at < columns; at = end) {
		uint8_t heat =
			hak_timeline_heat(frame->timeline, band, at, row);

		for (end = at + 1; end < columns; end++)
			if (hak_timeline_heat(frame->timeline, band, end,
					      row) != heat)
				break;
		if (heat < HAK_SNAPSHOT_HEATS)
			fprintf(frame->file,
				"<rect class=\"h%d\" x=\"%.2f\" y=\"%.2f\" "
				"width=\"%.2f\" height=\"%.2f\"/>\n",
				heat, PICTURE_LEFT + at * frame->cell_width, y,
				(end - at) * frame->cell_width,
				frame->cell_height);
	}
}

static void put_band(const struct frame *frame,
		     const struct hak_timeline_band *band, double y)
{
	char label[HAK_SNAPSHOT_LABEL_BYTES];

	hak_snapshot_label(band->node, label);
	fprintf(frame->file,
		"<text x=\"8\" y=\"%.2f\">%s</text>\n<rect class=\"n\" "
		"x=\"%d\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\"/>\n",
		y + 12, label, PICTURE_LEFT, y, frame->width,
		band->rows * frame->cell_height);
	for (uint32_t row = 0; row < band->rows; row++)
		put_row(frame, band, row, y + row * frame->cell_height);
	if (band->shift)
		fprintf(frame->file,
			"<text x=\"8\" y=\"%.2f\" font-size=\"9\">row: %u "
			"superslabs</text>\n",
			y + 24, 1u << band->shift);
}

void hak_svg_write(const struct hak_timeline *timeline, const char *title,
		   FILE *file)
{
	struct frame frame = make_frame(timeline, file);
	uint32_t bands = hak_timeline_bands(timeline);
	double y = PICTURE_TOP;

	put_head(&frame, title);
	for (uint32_t i = 0; i < bands; i++) {
		struct hak_timeline_band band = hak_timeline_band(timeline, i);

		if (!band.rows)
			continue;
		put_band(&frame, &band, y);
		y += band_height(&frame, &band) + BAND_GAP;
	}
	fprintf(file,
		"<text x=\"%d\" y=\"%.2f\">%" PRIu64
		" snapshots, %.1f s from first to "
		"last; a row is 2 MiB unless its label says more</text>\n",
		PICTURE_LEFT, y + 2, hak_timeline_snapshots(timeline),
		hak_timeline_seconds(timeline));
	put_legend(&frame);
	fputs("</svg>\n", file);
}
