/* SPDX-License-Identifier: MIT */
/*
 * csv.c - writes snapshots as comma separated values.
 *
 * An unknown value is an empty field, because a reader of the file would take 0 for a
 * value. The caller checks the file for write errors.
 * Calls   snapshot.h.
 */
#include "cli/csv.h"

#include "base/stats.h"

#include <inttypes.h>

void hak_csv_write_head(FILE *file)
{
	fputs("time,node,superslab,address,heat,age_s,writer\n", file);
}

static void write_superslab(FILE *file, const struct hak_snapshot *snapshot,
			    const struct hakmem_view *view, uint32_t i)
{
	const volatile struct hakmem_history *history = &view->history[i];
	uint32_t now = snapshot->page.seconds;
	int64_t writer = HAK_SNAPSHOT_NO_NODE;

	if (history->lead)
		writer = hak_snapshot_node(snapshot, history->writer);
	fprintf(file, ",%u,0x%" PRIx64 ",", i,
		view->base + (uint64_t)i * HAK_SNAPSHOT_SUPERSLAB_BYTES);
	if (history->heat != HAK_NOT_SEEN)
		fprintf(file, "%u", history->heat);
	putc(',', file);
	if (history->written)
		fprintf(file, "%u",
			now > history->written ? now - history->written : 0);
	putc(',', file);
	if (writer != HAK_SNAPSHOT_NO_NODE)
		fprintf(file, "%" PRId64, writer);
	putc('\n', file);
}

void hak_csv_write_snapshot(FILE *file, const struct hak_snapshot *snapshot,
			    double time)
{
	for (uint32_t span = 0; snapshot->view && span < snapshot->page.spans;
	     span++) {
		const struct hakmem_view *view = &snapshot->view[span];

		for (uint32_t i = 0; i < view->superslabs; i++) {
			fprintf(file, "%.3f,", time);
			if (view->node == UINT32_MAX)
				fputs("large", file);
			else
				fprintf(file, "%u", view->node);
			write_superslab(file, snapshot, view, i);
		}
	}
}
