/* SPDX-License-Identifier: MIT */
/*
 * ktap_stats.h - reads the library's counters as any program does, and waits for
 * another thread.
 */
#pragma once

#include "ktap.h"
#include "base/page.h"

#include <dlfcn.h>
#include <time.h>

/* Sum of a counter over all spans; 0 on another malloc. */
static KTAP_UNUSED uint64_t ktap_stat(enum hak_stat stat)
{
	const struct hakmem_stats *page =
		(const struct hakmem_stats *)dlsym(RTLD_DEFAULT,
						     "hakmem_stats_page");
	uint64_t sum = 0;

	for (uint32_t i = 0; page && i < page->spans; i++)
		sum += hak_read_once(&page->span[i][stat]);
	return sum;
}

static KTAP_UNUSED void ktap_pause(long ms)
{
	struct timespec rest = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&rest, &rest) && errno == EINTR)
		;
}

static KTAP_UNUSED long ktap_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Wait until holds(arg) is true, at most the given seconds. */
static KTAP_UNUSED bool ktap_await(bool (*holds)(long), long arg, long seconds)
{
	long end = ktap_ms() + seconds * 1000;

	while (!holds(arg)) {
		if (ktap_ms() > end)
			return false;
		ktap_pause(5);
	}
	return true;
}
