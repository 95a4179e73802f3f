/* SPDX-License-Identifier: MIT */
/*
 * show.c - prints a snapshot: digits, sums, and the matrix of writes by node.
 *
 * A digit stands for a superslab: 9 is hot, 0 is cold, '.' was not observed.
 * Calls   snapshot.h.
 */
#include "cli/show.h"

#include "base/stats.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_DIGITS = 64, SKIPPED_LINES_MIN = 3 };

static uint32_t count_seen(const struct hakmem_view *view)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < view->superslabs; i++)
		count += view->history[i].heat != HAK_NOT_SEEN;
	return count;
}

static void print_head(pid_t process, const char *name,
		       const struct hak_snapshot *snapshot)
{
	const struct hakmem_stats *page = &snapshot->page;
	uint32_t count = 0;

	for (uint32_t i = 0; snapshot->view && i < page->spans; i++)
		count += count_seen(&snapshot->view[i]);
	printf("%d (%s): %u superslabs seen", process, name, count);
	if (page->heat != HAK_MODE_OFF)
		printf("; heat: %s", hak_snapshot_mode_words(page->heat));
	if (page->locality != HAK_MODE_OFF)
		printf("; locality: %s",
		       hak_snapshot_mode_words(page->locality));
	putchar('\n');
}

/*
 * Count the superslabs from `from` on that were not observed, up to the end of the last
 * line that has only '.'.
 */
static uint32_t count_dots(const struct hakmem_view *view, uint32_t from)
{
	uint32_t end = from;

	while (end < view->superslabs && view->history[end].heat == HAK_NOT_SEEN)
		end++;
	return (end == view->superslabs ? end
					: end / LINE_DIGITS * LINE_DIGITS) -
	       from;
}

static void print_line(const struct hakmem_view *view, uint32_t from)
{
	char line[LINE_DIGITS + 1];
	uint32_t n = 0;

	for (; n < LINE_DIGITS && from + n < view->superslabs; n++) {
		uint8_t heat = view->history[from + n].heat;

		line[n] = heat < HAK_SNAPSHOT_HEATS ? (char)('0' + heat) : '.';
	}
	line[n] = '\0';
	printf("%8u  %s\n", from, line);
}

static void print_digits(const struct hakmem_view *view)
{
	char label[HAK_SNAPSHOT_LABEL_BYTES];

	hak_snapshot_label(view->node, label);
	printf("%s  %u superslabs\n", label, view->superslabs);
	for (uint32_t at = 0; at < view->superslabs; at += LINE_DIGITS) {
		uint32_t skipped = count_dots(view, at);

		if (skipped > (SKIPPED_LINES_MIN - 1) * LINE_DIGITS) {
			printf("%8s\n", "*");
			at += (skipped - 1) / LINE_DIGITS * LINE_DIGITS;
		} else {
			print_line(view, at);
		}
	}
}

static int compare_ages(const void *one, const void *other)
{
	uint32_t a = *(const uint32_t *)one;
	uint32_t b = *(const uint32_t *)other;

	return (a > b) - (a < b);
}

/*
 * For each superslab for which hakmem has observed a write, write the seconds since the
 * last write to `ages`, in ascending order. Return the number of these superslabs.
 */
static uint32_t list_ages(const struct hakmem_view *view, uint32_t now,
			  uint32_t *ages)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < view->superslabs; i++) {
		const volatile struct hakmem_history *history = &view->history[i];

		if (history->heat == HAK_NOT_SEEN || !history->written)
			continue;
		/*
		 * A write may be later than `now`, because the tool read `now` before
		 * the history.
		 */
		ages[count++] = now > history->written ? now - history->written
						      : 0;
	}
	qsort(ages, count, sizeof(*ages), compare_ages);
	return count;
}

static void print_sums(const struct hakmem_view *view, uint32_t now)
{
	uint32_t *ages = malloc((view->superslabs + 1) * sizeof(*ages));
	uint32_t written = ages ? list_ages(view, now, ages) : 0;
	uint32_t sums[HAK_SNAPSHOT_HEATS] = { 0 };
	uint32_t all = count_seen(view);
	char label[HAK_SNAPSHOT_LABEL_BYTES];

	for (uint32_t i = 0; i < view->superslabs; i++)
		if (view->history[i].heat < HAK_SNAPSHOT_HEATS)
			sums[view->history[i].heat]++;
	hak_snapshot_label(view->node, label);
	printf("%-9s %7u", label, all);
	for (int heat = HAK_SNAPSHOT_HEATS - 1; heat >= 0; heat--)
		printf(" %6u", sums[heat]);
	printf(" %7u", all - written);
	if (written)
		printf(" %6u s %6u s\n", ages[(written - 1) / 2],
		       ages[written - 1]);
	else
		printf(" %8s %8s\n", "-", "-");
	free(ages);
}

static void print_summary(const struct hak_snapshot *snapshot)
{
	printf("%-9s %7s", "heat", "seen");
	for (int heat = HAK_SNAPSHOT_HEATS - 1; heat >= 0; heat--)
		printf(" %6d", heat);
	printf(" %7s %8s %8s\n", "never", "median", "oldest");
	for (uint32_t i = 0; i < snapshot->page.spans; i++)
		print_sums(&snapshot->view[i], snapshot->page.seconds);
}

static void print_matrix(const struct hak_snapshot *snapshot)
{
	uint32_t nodes = snapshot->page.nodes;
	char label[HAK_SNAPSHOT_LABEL_BYTES];
	uint64_t total = 0;

	for (size_t i = 0; i < (size_t)nodes * nodes; i++)
		total += snapshot->writes[i];
	printf("%" PRIu64
	       " writes seen, from the line's node to memory of the column's "
	       "node\n%-9s",
	       total, "");
	for (uint32_t i = 0; i < nodes; i++) {
		hak_snapshot_label(snapshot->view[i].node, label);
		printf(" %18s", label);
	}
	putchar('\n');
	for (uint32_t from = 0; from < nodes; from++) {
		hak_snapshot_label(snapshot->view[from].node, label);
		printf("%-9s", label);
		for (uint32_t to = 0; to < nodes; to++) {
			uint64_t n =
				snapshot->writes[(size_t)from * nodes + to];

			printf(" %10" PRIu64 " %5.1f %%", n,
			       total ? 100.0 * (double)n / (double)total : 0.0);
		}
		putchar('\n');
	}
}

void hak_show_snapshot(pid_t process, const char *name,
		       const struct hak_snapshot *snapshot, bool digits)
{
	print_head(process, name, snapshot);
	if (!snapshot->view)
		return;
	for (uint32_t i = 0; digits && i < snapshot->page.spans; i++)
		print_digits(&snapshot->view[i]);
	print_summary(snapshot);
	if (snapshot->writes &&
	    hak_snapshot_mode_works(snapshot->page.locality))
		print_matrix(snapshot);
}
