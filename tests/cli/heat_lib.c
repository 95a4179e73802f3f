/* SPDX-License-Identifier: MIT */
/*
 * heat_lib.c - replaces libhakmem.so.0: a stats page with known figures, for
 * hakmem heat. FAKE in the environment selects an oddity.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/page.h"

enum { SPANS = 3, NODES = 2, MANY = 700, SOME = 70, FEW = 2, NOW = 1000 };

static struct hakmem_history many[MANY];
static struct hakmem_history some[SOME];
static struct hakmem_history few[FEW];

static struct hakmem_view views[SPANS] = {
	{ 0x100000000000, 0, MANY, many },
	{ 0x200000000000, 4, SOME, some },
	{ 0x300000000000, UINT32_MAX, FEW, few },
};

static _Atomic uint64_t writes[NODES * NODES] = { 6, 2, 1, 7 };

extern struct hakmem_stats hakmem_stats_page;
struct hakmem_stats hakmem_stats_page = {
	.magic = "hakmem",
	.version = 2,
	.counters = HAK_STATS,
	.spans = SPANS,
	.heat = HAK_MODE_ON,
	.nodes = NODES,
	.seconds = NOW,
	.view = views,
	.writes = writes,
};

static void see(struct hakmem_history *history, uint8_t heat, uint32_t written)
{
	history->heat = heat;
	history->written = written;
	history->writer = HAK_NO_WRITER;
}

static void fill(void)
{
	for (int i = 0; i < MANY; i++)
		see(&many[i], i < 64 ? (uint8_t)(i % 10) : HAK_NOT_SEEN,
		    i && i < 64 ? (uint32_t)(NOW - i) : 0);
	see(&many[640], 7, NOW + 1); /* written during the read */
	for (int i = 0; i < SOME; i++)
		see(&some[i], 3, NOW - 100);
	some[2].writer = 1;
	some[2].lead = 3;
	some[3].writer = 1; /* and another node equally often */
	see(&few[0], 9, NOW);
	see(&few[1], HAK_NOT_SEEN, 0);
}

static void be(const char *fake)
{
	struct hakmem_stats *page = &hakmem_stats_page;

	if (!strcmp(fake, "old"))
		page->version = 1;
	if (!strcmp(fake, "new"))
		page->version = 3;
	if (!strcmp(fake, "magic"))
		page->magic[0] = 'H';
	if (!strcmp(fake, "off"))
		page->heat = HAK_MODE_OFF;
	if (!strcmp(fake, "absent"))
		page->heat = HAK_MODE_ABSENT;
	if (!strcmp(fake, "mode"))
		page->heat = 200;
	if (!strcmp(fake, "early"))
		page->view = NULL;
	if (!strcmp(fake, "locality"))
		page->locality = HAK_MODE_USER_ONLY;
	if (!strcmp(fake, "spans"))
		page->spans = HAK_SPANS_MAX + 1;
	if (!strcmp(fake, "nodes"))
		page->nodes = SPANS + 1;
	if (!strcmp(fake, "superslabs"))
		views[1].superslabs = UINT32_MAX;
	if (!strcmp(fake, "history"))
		views[1].history = (struct hakmem_history *)16;
	if (!strcmp(fake, "view"))
		page->view = (struct hakmem_view *)16;
}

/* After SIGUSR1 the large block is cold. */
static void cool(int signal)
{
	(void)signal;
	few[0].heat = 0;
}

static __attribute__((constructor)) void open_page(void)
{
	const char *fake = getenv("FAKE");

	fill();
	signal(SIGUSR1, cool);
	if (fake)
		be(fake);
	/* Yama may allow only an ancestor to read the process. */
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
}
