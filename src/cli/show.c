/* SPDX-License-Identifier: MIT */
/*
 * show.c - prints a look: digits, sums, and the matrix of who writes where.
 *
 * A digit is a superslab: 9 is hot, 0 is cold, '.' was not seen. Called by
 * heat.c.
 */
#include "show.h"

#include "stats.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 64, SKIPPED = 3, HEATS = 10 };

static uint32_t seen(const struct hakmem_view *view)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < view->superslabs; i++)
		count += view->glance[i].heat != HAK_NOT_SEEN;
	return count;
}

static void print_head(pid_t process, const char *name,
		       const struct hak_look *look)
{
	const struct hakmem_stats *page = &look->page;
	uint32_t count = 0;

	for (uint32_t i = 0; look->view && i < page->spans; i++)
		count += seen(&look->view[i]);
	printf("%d (%s): %u superslabs seen", process, name, count);
	if (page->heat != HAK_MODE_OFF)
		printf("; heat: %s", hak_sight_words(page->heat));
	if (page->locality != HAK_MODE_OFF)
		printf("; locality: %s", hak_sight_words(page->locality));
	putchar('\n');
}

/* How many superslabs from one on are in lines that are wholly '.'. */
static uint32_t dots(const struct hakmem_view *view, uint32_t from)
{
	uint32_t end = from;

	while (end < view->superslabs && view->glance[end].heat == HAK_NOT_SEEN)
		end++;
	return (end == view->superslabs ? end : end / LINE * LINE) - from;
}

static void print_line(const struct hakmem_view *view, uint32_t from)
{
	char line[LINE + 1];
	uint32_t n = 0;

	for (; n < LINE && from + n < view->superslabs; n++) {
		uint8_t heat = view->glance[from + n].heat;

		line[n] = heat < HEATS ? (char)('0' + heat) : '.';
	}
	line[n] = '\0';
	printf("%8u  %s\n", from, line);
}

static void print_digits(const struct hakmem_view *view)
{
	char label[HAK_SIGHT_LABEL_BYTES];

	hak_sight_label(view->node, label);
	printf("%s  %u superslabs\n", label, view->superslabs);
	for (uint32_t at = 0; at < view->superslabs; at += LINE) {
		uint32_t skipped = dots(view, at);

		if (skipped > (SKIPPED - 1) * LINE) {
			printf("%8s\n", "*");
			at += (skipped - 1) / LINE * LINE;
		} else {
			print_line(view, at);
		}
	}
}

static int compare(const void *one, const void *other)
{
	uint32_t a = *(const uint32_t *)one;
	uint32_t b = *(const uint32_t *)other;

	return (a > b) - (a < b);
}

/* Seconds since each was written that ever was, in order. */
static uint32_t take_ages(const struct hakmem_view *view, uint32_t now,
			  uint32_t *ages)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < view->superslabs; i++) {
		const volatile struct hakmem_glance *glance = &view->glance[i];

		if (glance->heat == HAK_NOT_SEEN || !glance->written)
			continue;
		/* It may have been written since `now` was read. */
		ages[count++] = now > glance->written ? now - glance->written
						      : 0;
	}
	qsort(ages, count, sizeof(*ages), compare);
	return count;
}

static void print_sums(const struct hakmem_view *view, uint32_t now)
{
	uint32_t *ages = malloc((view->superslabs + 1) * sizeof(*ages));
	uint32_t written = ages ? take_ages(view, now, ages) : 0;
	uint32_t sums[HEATS] = { 0 };
	uint32_t all = seen(view);
	char label[HAK_SIGHT_LABEL_BYTES];

	for (uint32_t i = 0; i < view->superslabs; i++)
		if (view->glance[i].heat < HEATS)
			sums[view->glance[i].heat]++;
	hak_sight_label(view->node, label);
	printf("%-9s %7u", label, all);
	for (int heat = HEATS - 1; heat >= 0; heat--)
		printf(" %6u", sums[heat]);
	printf(" %7u", all - written);
	if (written)
		printf(" %6u s %6u s\n", ages[(written - 1) / 2],
		       ages[written - 1]);
	else
		printf(" %8s %8s\n", "-", "-");
	free(ages);
}

static void print_summary(const struct hak_look *look)
{
	printf("%-9s %7s", "heat", "seen");
	for (int heat = HEATS - 1; heat >= 0; heat--)
		printf(" %6d", heat);
	printf(" %7s %8s %8s\n", "never", "median", "oldest");
	for (uint32_t i = 0; i < look->page.spans; i++)
		print_sums(&look->view[i], look->page.seconds);
}

static void print_matrix(const struct hak_look *look)
{
	uint32_t nodes = look->page.nodes;
	char label[HAK_SIGHT_LABEL_BYTES];
	uint64_t total = 0;

	for (size_t i = 0; i < (size_t)nodes * nodes; i++)
		total += look->writes[i];
	printf("%" PRIu64
	       " writes seen, from the node of the line to memory of "
	       "that of the column\n%-9s",
	       total, "");
	for (uint32_t i = 0; i < nodes; i++) {
		hak_sight_label(look->view[i].node, label);
		printf(" %18s", label);
	}
	putchar('\n');
	for (uint32_t from = 0; from < nodes; from++) {
		hak_sight_label(look->view[from].node, label);
		printf("%-9s", label);
		for (uint32_t to = 0; to < nodes; to++) {
			uint64_t n = look->writes[(size_t)from * nodes + to];

			printf(" %10" PRIu64 " %5.1f %%", n,
			       total ? 100.0 * (double)n / (double)total : 0.0);
		}
		putchar('\n');
	}
}

void hak_show(pid_t process, const char *name, const struct hak_look *look,
	      bool digits)
{
	print_head(process, name, look);
	if (!look->view)
		return;
	for (uint32_t i = 0; digits && i < look->page.spans; i++)
		print_digits(&look->view[i]);
	print_summary(look);
	if (look->writes && hak_sight_works(look->page.locality))
		print_matrix(look);
}
