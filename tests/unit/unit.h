/* SPDX-License-Identifier: MIT */
/*
 * unit.h - for the unit tests: a single result for many expectations, children
 * which must fault, and repeatable pseudo-random numbers.
 */
#pragma once

#include "ktap_run.h"

#include <stdatomic.h>
#include <stdint.h>
#include <sys/resource.h>

static KTAP_UNUSED _Atomic unsigned int unit_wrong;

/* Count failed expectations, from any thread, and print the first. */
#define unit_expect(holds)                                                  \
	do {                                                                \
		if (!(holds) && atomic_fetch_add(&unit_wrong, 1) == 0)      \
			ksft_print_msg("%s:%d: not so: %s", __FILE__,       \
				       __LINE__, #holds);                   \
	} while (0)

/* Report a result for all expectations since the last result. */
static KTAP_UNUSED bool unit_result(const char *name)
{
	return ksft_test_result(atomic_exchange(&unit_wrong, 0) == 0, "%s",
				name);
}

/* Stop if the condition is false, because later checks would mean nothing. */
#define unit_need(holds)                                                    \
	do {                                                                \
		if (!(holds))                                               \
			ksft_exit_fail_msg("%s:%d: not so: %s", __FILE__,   \
					   __LINE__, #holds);               \
	} while (0)

static KTAP_UNUSED uint64_t unit_random_state = 0x2545f4914f6cdd1d;

static KTAP_UNUSED uint64_t unit_random(void)
{
	uint64_t x = unit_random_state;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	unit_random_state = x;
	return x * 0x9e3779b97f4a7c15;
}

static KTAP_UNUSED size_t unit_below(size_t limit)
{
	return (size_t)(unit_random() >> 11) % limit;
}

/* Disable core dumps, for a child about to abort. */
static KTAP_UNUSED void unit_no_core(void)
{
	struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
}

/*
 * Report a result: fn(arg), in a forked child, must write a single line
 * beginning with the given text and nothing else, and must end by SIGABRT.
 */
static KTAP_UNUSED __attribute__((format(printf, 4, 5))) bool
unit_dies(const char *name, int (*fn)(void *), void *arg, const char *fmt, ...)
{
	struct ktap_run run;
	char begin[512];
	va_list args;
	bool ok;

	va_start(args, fmt);
	vsnprintf(begin, sizeof(begin), fmt, args);
	va_end(args);
	unit_no_core();
	ktap_run_fork(&run, fn, arg, 30);
	ok = WIFSIGNALED(run.status) && WTERMSIG(run.status) == SIGABRT &&
	     strncmp(run.err, begin, strlen(begin)) == 0 &&
	     strchr(run.err, '\n') == run.err + strlen(run.err) - 1;
	ksft_test_result(ok, "%s", name);
	if (!ok) {
		ksft_print_msg("expected: %s", begin);
		ktap_run_print(&run);
	}
	return ok;
}
