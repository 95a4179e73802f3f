/* SPDX-License-Identifier: MIT */
/* window.c - where the window is, its edges, its map, and its spans. */
#include "heap/window.h"

#include "unit/heap.h"

#include "heap/meta.h"
#include "heap/span.h"
#include "os/limits.h"
#include "base/page.h"

#ifdef __has_feature /* clang's word; gcc has one of its own for each */
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#elif defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

static size_t span_bytes(void)
{
	return (size_t)1 << hak_window.span_shift;
}

static size_t last_bytes(void)
{
	return (size_t)hak_window.span[hak_window.spans - 1].limit
	       << HAK_SUPERSLAB_SHIFT;
}

static size_t window_bytes(void)
{
	return hak_window.nodes_bytes + last_bytes();
}

static char *base(void)
{
	return (char *)hak_window_base;
}

static void place(unsigned int spans)
{
	uintptr_t end = hak_window_base + window_bytes();
	unsigned int i;

	unit_expect(hak_window.spans == spans);
	unit_expect(hak_stats_page.spans == spans);
	unit_expect(hak_window_base >= 1UL << 35 &&
		    hak_window_base < 1UL << 46 && end < 1UL << 47);
	unit_expect(hak_window_base % HAK_SUPERSLAB_BYTES == 0);
	unit_expect(hak_window_chunks * HAK_ALIGN == window_bytes());
	unit_expect(last_bytes() >= span_bytes());
	unit_expect(hak_window.page == hak_limits_page());
	for (i = 0; i < spans; i++) {
		const struct hak_span *span = &hak_window.span[i];

		unit_expect(span->base == base() + i * span_bytes());
		unit_expect(i + 1 == spans ||
			    (size_t)span->limit << HAK_SUPERSLAB_SHIFT ==
				    span_bytes());
		unit_expect(hak_stats_page.span[i] == span->stats.counter);
		unit_expect((uintptr_t)span->superslab >= end);
		unit_expect((uintptr_t)span->slab % HAK_CACHE_LINE == 0);
		unit_expect((uintptr_t)(span->arena.base +
					span->arena.limit) < 1UL << 47);
	}
}

static void records_apart(unsigned int spans)
{
	const char *before = (char *)(hak_window.span + spans);
	unsigned int i;

	for (i = 0; i < spans; i++) {
		const struct hak_span *span = &hak_window.span[i];

		unit_expect(span->superslab_region.base >= before);
		unit_expect(span->superslab_region.limit >=
			    span->limit * sizeof(*span->superslab));
		unit_expect(span->slab_region.base >=
			    span->superslab_region.base +
				    span->superslab_region.limit);
		unit_expect(span->slab_region.limit >=
			    (size_t)span->limit * HAK_UNITS *
				    sizeof(struct hak_slab));
		unit_expect(span->arena.base >= span->slab_region.base +
						       span->slab_region.limit);
		unit_expect(span->arena.limit >= HAK_META_BYTES);
		before = span->arena.base + span->arena.limit;
	}
}

static void edges(void)
{
	size_t bytes = hak_window_chunks * HAK_ALIGN;
	int local = 0;

	unit_expect(hak_window_has(base()));
	unit_expect(hak_window_has(base() + 1));
	unit_expect(hak_window_has(base() + bytes - 1));
	unit_expect(!hak_window_has(base() + bytes));
	unit_expect(!hak_window_has(base() - 1));
	unit_expect(!hak_window_has(NULL));
	unit_expect(!hak_window_has((void *)UINTPTR_MAX));
	unit_expect(!hak_window_has(&local));
	unit_expect(hak_window_offset(base() + 12345) == 12345);
	unit_result("the window has its first and its last address, no other");
}

static void spans_of_addresses(unsigned int spans)
{
	unsigned int i;
	char *first;

	for (i = 0; i < spans; i++) {
		first = base() + i * span_bytes();
		unit_expect(hak_window_span(first) == &hak_window.span[i]);
		unit_expect(hak_window_span(first + span_bytes() - 1) ==
			    &hak_window.span[i]);
	}
	unit_expect(hak_window_span(base() + window_bytes() - 1) ==
		    &hak_window.span[spans - 1]);
	unit_result("every address has its span");
}

static void entries(void)
{
	struct hak_run run;
	char *first, *unit;
	unsigned int i;

	unit_expect(hak_window_entry(base()) == 0);
	unit_expect(hak_window_entry(base() + hak_window_chunks * HAK_ALIGN -
				     1) == 0);
	unit_need(hak_span_lend(&hak_window.span[1], 2, 1, &run));
	first = hak_span_address(run.span, run.first);
	for (i = 0; i < 2 * HAK_UNITS; i++)
		unit_expect(hak_window_entry(first + i * HAK_UNIT_BYTES) == 0);
	unit = first + 5 * HAK_UNIT_BYTES;
	hak_window_set(unit, 3, 0xabcdef01);
	unit_expect(hak_window_entry(unit - 1) == 0);
	unit_expect(hak_window_entry(unit) == 0xabcdef01);
	unit_expect(hak_window_entry(unit + 3 * HAK_UNIT_BYTES - 1) ==
		    0xabcdef01);
	unit_expect(hak_window_entry(unit + 3 * HAK_UNIT_BYTES) == 0);
	hak_window_set(unit + HAK_UNIT_BYTES, 1, 0);
	unit_expect(hak_window_entry(unit) == 0xabcdef01);
	unit_expect(hak_window_entry(unit + HAK_UNIT_BYTES) == 0);
	unit_expect(hak_window_entry(unit + 2 * HAK_UNIT_BYTES) == 0xabcdef01);
	hak_window_set(first + (2 * HAK_UNITS - 1) * (size_t)HAK_UNIT_BYTES, 1,
		       7);
	unit_expect(hak_window_entry(first + 2 * HAK_SUPERSLAB_BYTES - 1) == 7);
	unit_result("entries are set and cleared, unit by unit");
}

static void metadata(void)
{
	char *one, *two;

	hak_meta_init();
	one = hak_meta_alloc(&hak_window.span[1], 1);
	two = hak_meta_alloc(&hak_window.span[1], 100000);
	unit_expect(one && two && two == one + HAK_CACHE_LINE);
	unit_expect((uintptr_t)one % HAK_CACHE_LINE == 0);
	unit_expect(one >= hak_window.span[1].arena.base);
	memset(two, 'm', 100000);
	unit_expect(!hak_meta_alloc(&hak_window.span[1],
				    hak_window.span[1].arena.limit));
	one = hak_meta_alloc(&hak_window.span[1], 64);
	unit_expect(one && one >= two + 100000 && one[0] == 0);
	unit_result("a span's arena gives zeroes at cache lines, to its end");
}

static int opens_with(void *arg)
{
	unsigned int nodes = *(unsigned int *)arg;

	unit_open_window(nodes);
	place(nodes + 1);
	records_apart(nodes + 1);
	return atomic_load(&unit_wrong) != 0;
}

static int opens_in_little(void *arg)
{
	struct rlimit limit = { 64 << 20, 64 << 20 };

	(void)arg;
	if (setrlimit(RLIMIT_AS, &limit))
		return 2;
	unit_open_window(1);
	return hak_window.span_shift != 26;
}

static void sizes(void)
{
	static unsigned int nodes[] = { 1, 2, 8, 64, HAK_SPANS_MAX - 1 };
	const char *little = "under RLIMIT_AS of 64 MiB";
	struct ktap_run run;
	char name[64];
	size_t i;

	for (i = 0; i < sizeof(nodes) / sizeof(*nodes); i++) {
		if (SANITIZED && nodes[i] > 2) {
			ksft_test_result_skip("the sanitizer has the addresses",
					      "opens for %u nodes", nodes[i]);
			continue;
		}
		snprintf(name, sizeof(name), "opens for %u nodes", nodes[i]);
		ktap_run_fork(&run, opens_with, &nodes[i], 20);
		if (!ksft_test_result(ktap_run_ok(&run), "%s", name))
			ktap_run_print(&run);
	}
	if (SANITIZED) {
		ksft_test_result_skip("the sanitizer has more than that", "%s",
				      little);
		return;
	}
	ktap_run_fork(&run, opens_in_little, NULL, 20);
	ktap_run_result(&run, little);
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(11);
	unit_expect(!hak_window_has(NULL) && !hak_window_has(&hak_window));
	unit_result("there is no window before it is open");
	sizes();
	unit_open_window(3);
	edges();
	spans_of_addresses(4);
	entries();
	metadata();
	return ksft_finished();
}
