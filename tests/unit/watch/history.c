/* SPDX-License-Identifier: MIT */
/* history.c - heat by time, its mean, votes, and many remote writes. */
#include "watch/history.h"

#include "unit/heap.h"

#include "numa/topology.h"
#include "base/page.h"

static struct hak_span *span;
static struct hak_run lent;

static uint8_t heat(uint32_t i)
{
	return hak_stats_page.view[0].history[i].heat;
}

static void digits(void)
{
	unsigned i;

	unit_expect(hak_history_heat(0) == 9 && hak_history_heat(1000) == 9);
	for (i = 1; i <= 9; i++) {
		unit_expect(hak_history_heat((1000 << (i - 1)) + 1) == 9 - i);
		unit_expect(hak_history_heat(1000 << i) == 9 - i ||
			    i == 9);
	}
	unit_expect(hak_history_heat(UINT64_MAX) == 0);
	unit_result("a digit less for each doubling");
}

static void means(void)
{
	unit_expect(hak_stats_page.view[0].superslabs == span->mapped);
	unit_expect(heat(0) == HAK_NOT_SEEN);
	unit_expect(hak_stats_page.view[0].history[0].writer == HAK_NO_WRITER);
	hak_history_note(span, 0, 0, 7);
	unit_expect(heat(0) == 0 && !hak_history_is_hot(span, 0));
	unit_expect(!hak_stats_page.view[0].history[0].written);
	hak_history_note(span, 0, 1, 8);
	unit_expect(heat(0) == 1 && hak_history_is_hot(span, 0));
	unit_expect(hak_stats_page.view[0].history[0].written == 8);
	hak_history_note(span, 0, 0, 9);
	unit_expect(heat(0) == 0);
	hak_history_note(span, 0, 9, 10);
	unit_expect(heat(0) == 5);
	hak_history_note(span, 0, 0, 11);
	hak_history_note(span, 0, 0, 12);
	hak_history_note(span, 0, 0, 13);
	unit_expect(heat(0) == 0);
	unit_expect(hak_stats_page.view[0].history[0].written == 10);
	hak_history_note(span, 1, 4, 14);
	hak_history_forget(span, 1);
	unit_expect(heat(1) == HAK_NOT_SEEN && !hak_history_is_hot(span, 1));
	unit_expect(!hak_history_is_hot(span, span->mapped + 5));
	unit_result("heat is the mean, and falls to nothing");
}

static void votes(void)
{
	const struct hakmem_history *history = &hak_stats_page.view[0].history[2];
	unsigned i;

	for (i = 0; i < 4; i++) {
		unit_expect(hak_history_remote_writer(span, 2) == HAK_NO_NODE);
		hak_history_vote(span, 2, 1, 0);
	}
	unit_expect(hak_history_remote_writer(span, 2) == 1);
	unit_expect(history->writer == 1 && history->lead == 3);
	hak_history_vote(span, 2, 0, 0);
	unit_expect(hak_history_remote_writer(span, 2) == HAK_NO_NODE);
	/* By turns it never gets far. */
	for (i = 0; i < 100; i++) {
		hak_history_vote(span, 2, i % 2, 0);
		unit_expect(hak_history_remote_writer(span, 2) == HAK_NO_NODE);
	}
	/* Written at home again, wherever that is now. */
	for (i = 0; i < 10; i++)
		hak_history_vote(span, 2, 1, 1);
	unit_expect(hak_history_remote_writer(span, 2) == HAK_NO_NODE);
	unit_expect(history->writer == 1);
	for (i = 0; i < 4; i++)
		hak_history_vote(span, 2, 0, 1);
	unit_expect(hak_history_remote_writer(span, 2) == 0);
	unit_result("remote writes count if most writes are remote");
}

static void matrix(void)
{
	const _Atomic uint64_t *writes = hak_stats_page.writes;

	unit_expect(hak_stats_page.nodes == 2);
	unit_expect(writes[1 * 2 + 0] == 4 + 50);
	unit_expect(writes[0] == 1 + 50);
	unit_expect(writes[1 * 2 + 1] == 10 && writes[1] == 4);
	hak_history_vote(span, 3, 0, 5); /* memory of no node */
	unit_expect(writes[0] == 1 + 50);
	unit_result("the matrix has a count for every vote");
}

static uint64_t cooled(void)
{
	return hak_stat_sum(HAK_STAT_COOLED);
}

/* The contents of what the kernel may take stay. */
static void cold(void)
{
	char *block = hak_span_address(span, 0);

	memset(block, 3, HAK_SUPERSLAB_BYTES);
	hak_history_forget(span, 0);
	hak_history_forget(span, 2);
	hak_history_note(span, 0, 0, 50);
	hak_history_cool(50); /* seen first in that second: too soon */
	unit_expect(cooled() == 0);
	hak_history_note(span, 0, 1, 60);
	hak_history_note(span, 0, 0, 61);
	hak_history_cool(60); /* written then */
	unit_expect(cooled() == 0);
	hak_history_cool(61);
	unit_expect(cooled() == 1 && heat(0) == HAK_NOT_SEEN);
	hak_history_cool(1000); /* not seen since */
	unit_expect(cooled() == 1);
	for (size_t i = 0; i < HAK_SUPERSLAB_BYTES; i += 4096)
		unit_expect(block[i] == 3);
	/* Free, it is not for the kernel to take that way. */
	hak_span_return(&lent);
	hak_history_note(span, 0, 0, 1);
	hak_history_cool(1000);
	unit_expect(cooled() == 1);
	unit_result("what has not been written for long is the kernel's to take");
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(5);
	setenv("HAKMEM_COLD", "cold", 1);
	hak_topology.nodes = 2;
	unit_open_window(2);
	unit_need(hak_nodes_open(2));
	span = &hak_window.span[0];
	unit_need(hak_history_open());
	unit_need(hak_span_lend(span, 4, 1, &lent));
	hak_history_reach(span);
	digits();
	means();
	votes();
	matrix();
	cold();
	ksft_finished();
}
