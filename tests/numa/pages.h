/* SPDX-License-Identifier: MIT */
/* pages.h - asks the kernel for the node of each page of a range. */
#pragma once

#include <errno.h>
#include <numaif.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "ktap.h"

#define PAGES_NODES 64

/* The number of pages on each node, and the number of missing pages. */
struct pages {
	long on[PAGES_NODES];
	long absent;
};

static KTAP_UNUSED void pages_count(struct pages *pages, const void *start,
				    size_t bytes)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uintptr_t at = (uintptr_t)start / page * page;
	uintptr_t end = (uintptr_t)start + bytes;

	while (at < end) {
		void *list[256];
		int status[256];
		unsigned long n = 0;

		for (; at < end && n < 256; at += page)
			list[n++] = (void *)at;
		if (move_pages(0, n, list, NULL, status, 0))
			ksft_exit_fail_msg("move_pages: %s", strerror(errno));
		for (unsigned long i = 0; i < n; i++) {
			if (status[i] >= 0 && status[i] < PAGES_NODES)
				pages->on[status[i]]++;
			else
				pages->absent++;
		}
	}
}

static KTAP_UNUSED long pages_there(const struct pages *pages)
{
	long sum = 0;

	for (int i = 0; i < PAGES_NODES; i++)
		sum += pages->on[i];
	return sum;
}

/* Print for example "0:512 1:3", or "none". */
static KTAP_UNUSED void pages_print(const char *what, const struct pages *pages)
{
	printf("%s", what);
	for (int i = 0; i < PAGES_NODES; i++)
		if (pages->on[i])
			printf(" %d:%ld", i, pages->on[i]);
	puts(pages_there(pages) ? "" : " none");
}
