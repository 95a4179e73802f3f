/* SPDX-License-Identifier: MIT */
/*
 * info.c - the C library's functions for heap information.
 *
 * Calls   stats.h for all figures.
 */
#include "front/exported.h"
#include "cache/tcache.h"
#include "heap/layout.h"
#include "base/stats.h"
#include "base/text.h"

#include <errno.h>
#include <malloc.h>
#include <stddef.h>
#include <stdio.h>

const struct hakmem_stats *hakmem_stats(void)
{
	return &hak_stats_page;
}

struct figures {
	uint64_t mapped;     /* bytes of address space for blocks */
	uint64_t small;	     /* bytes in small blocks */
	uint64_t runs;	     /* bytes in medium and large blocks */
	uint64_t slabs;	     /* number of lent slabs */
	uint64_t superslabs; /* number of LIVE superslabs */
};

static struct figures take_figures(void)
{
	hak_tcache_publish_own();
	return (struct figures){
		.mapped = hak_stat_difference(HAK_STAT_MAPPED,
					      HAK_STAT_UNMAPPED),
		.small = hak_stat_difference(HAK_STAT_SMALL_OUT,
					     HAK_STAT_SMALL_IN),
		.runs = hak_stat_difference(HAK_STAT_RUNS_OUT,
					    HAK_STAT_RUNS_IN),
		.slabs = hak_stat_difference(HAK_STAT_SLABS_LENT,
					     HAK_STAT_SLABS_RETURNED),
		.superslabs = hak_stat_difference(HAK_STAT_SUPERSLABS_LENT,
						  HAK_STAT_SUPERSLABS_RETURNED),
	};
}

/*
 * arena is all mapped address space, in bytes like the following three. uordblks is in
 * use, fordblks is free within LIVE superslabs, and keepcost is in free superslabs.
 * ordblks is the number of slabs.
 */
struct mallinfo2 mallinfo2(void)
{
	struct figures now = take_figures();
	uint64_t live = now.superslabs * HAK_SUPERSLAB_BYTES;
	uint64_t used = now.small + now.runs;

	return (struct mallinfo2){
		.arena = now.mapped,
		.ordblks = now.slabs,
		.uordblks = used,
		.fordblks = live > used ? live - used : 0,
		.keepcost = now.mapped > live ? now.mapped - live : 0,
	};
}

static int clamp(size_t n)
{
	return n > 0x7fffffff ? 0x7fffffff : (int)n;
}

struct mallinfo mallinfo(void)
{
	struct mallinfo2 wide = mallinfo2();

	return (struct mallinfo){
		.arena = clamp(wide.arena),
		.ordblks = clamp(wide.ordblks),
		.uordblks = clamp(wide.uordblks),
		.fordblks = clamp(wide.fordblks),
		.keepcost = clamp(wide.keepcost),
	};
}

static void add_element(struct hak_text *text, const char *name,
			uint64_t number)
{
	hak_text_add(text, "  <");
	hak_text_add(text, name);
	hak_text_add(text, " size=\"");
	hak_text_add_number(text, number);
	hak_text_add(text, "\"/>\n");
}

int malloc_info(int options, FILE *stream)
{
	struct figures now = take_figures();
	struct hak_text text = { 0 };

	if (options)
		return EINVAL;
	hak_text_add(&text, "<malloc version=\"hakmem-1\">\n");
	add_element(&text, "mapped", now.mapped);
	add_element(&text, "superslabs", now.superslabs * HAK_SUPERSLAB_BYTES);
	add_element(&text, "small", now.small);
	add_element(&text, "runs", now.runs);
	hak_text_add(&text, "</malloc>\n");
	return fwrite(text.bytes, 1, text.used, stream) == text.used ? 0 : -1;
}

static void add_line(struct hak_text *text, const char *name, uint64_t number)
{
	hak_text_add(text, name);
	hak_text_add_number(text, number);
	hak_text_add(text, " bytes\n");
}

void malloc_stats(void)
{
	struct figures now = take_figures();
	struct hak_text text = { 0 };

	add_line(&text, "hakmem: mapped        ", now.mapped);
	add_line(&text, "hakmem: in superslabs ",
		 now.superslabs * HAK_SUPERSLAB_BYTES);
	add_line(&text, "hakmem: small blocks  ", now.small);
	add_line(&text, "hakmem: larger blocks ", now.runs);
	hak_text_print(&text);
}

/*
 * hakmem has none of the C library's parameters. For a known parameter the function
 * reports success, because programs take a failure for an error.
 */
int mallopt(int parameter, int value)
{
	(void)value;
	return parameter == M_MXFAST ||
	       (parameter <= M_TRIM_THRESHOLD && parameter >= M_ARENA_MAX);
}
