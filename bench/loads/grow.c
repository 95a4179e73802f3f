/* SPDX-License-Identifier: MIT */
/*
 * grow.c - one block is made larger by a quarter, from 4 KiB to 1 GiB.
 *
 * Models  a vector, or a file read, of a size not known before; the scale
 *         multiplies the top.
 * Honest  a word of every page is written as soon as it is there, so that page
 *         faults are in it, and read at the end; no warm-up: it is a start.
 */
#include "load.h"

static const double top_bytes = 1 << 30;

/* a tag in each page that begins in [FROM, TO) */
static void stamp_pages(char *block, size_t from, size_t to)
{
	size_t at = (from + LOAD_PAGE - 1) / LOAD_PAGE * LOAD_PAGE;

	for (; at < to; at += LOAD_PAGE)
		load_stamp(block + at, at);
}

int main(int argc, char **argv)
{
	struct load_args args = load_parse(argc, argv, NULL, 1, 1);
	size_t top = (size_t)load_ops(&args, top_bytes) + LOAD_PAGE;
	size_t bytes = 0, more = LOAD_PAGE;
	double start = load_cpu_ns();
	char *block = NULL;

	top = top / LOAD_PAGE * LOAD_PAGE;
	while (bytes < top) {
		block = realloc(block, more);
		if (!block)
			load_fail("out of memory");
		stamp_pages(block, bytes, more);
		bytes = more;
		more += more / 4 / 8 * 8;
		if (more > top)
			more = top;
	}
	load_figure("time", (load_cpu_ns() - start) / 1e6, "ms", "lower");
	for (size_t at = 0; at < bytes; at += LOAD_PAGE)
		load_check(block + at, at);
	free(block);
	return 0;
}
