/* SPDX-License-Identifier: MIT */
/*
 * ktap.h - test results as flat KTAP lines, with kselftest's names.
 *
 * Owns    the counters of a program. Nothing here allocates: a line is built on the
 *         stack and printed by a single write(2).
 * ktap.sh has the same functions for the shell.
 */
#pragma once

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef __cplusplus
extern "C" {
#endif

#define KTAP_UNUSED	__attribute__((unused))
#define KTAP_PRINTF(f)	__attribute__((unused, format(printf, f, f + 1)))

static unsigned int ksft_plan, ksft_pass, ksft_fail, ksft_skip;

/*
 * Hide a value from the optimiser. Otherwise a compiler may delete a malloc/free
 * pair, or reject a call with an absurd size.
 */
#define ktap_opaque(x)							\
	__extension__ ({						\
		__typeof__((void)0, (x)) opaque_ = (x); 			\
		__asm__ volatile("" : "+r"(opaque_) : : "memory");	\
		opaque_;						\
	})

static KTAP_UNUSED void ktap_write(const char *text, int len)
{
	while (len > 0) {
		ssize_t done = write(STDOUT_FILENO, text, (size_t)len);

		if (done < 0 && errno != EINTR)
			_exit(125);
		if (done > 0) {
			text += done;
			len -= (int)done;
		}
	}
}

/* Write "<prefix><number> <text><suffix>", with text from a printf format. */
static KTAP_UNUSED void ktap_line(const char *prefix, unsigned int number,
				  const char *suffix, const char *fmt,
				  va_list args)
{
	char line[1024], num[16] = "";
	int saved = errno, len, room = (int)sizeof(line) - 16;

	if (number)
		snprintf(num, sizeof(num), "%u ", number);
	len = snprintf(line, (size_t)room, "%s%s", prefix, num);
	len += vsnprintf(line + len, (size_t)(room - len), fmt, args);
	if (len > room - 1)
		len = room - 1;
	for (char *p = line; *p; p++)	/* make the result a single line */
		if (*p == '\n')
			*p = ' ';
	len += snprintf(line + len, 16, "%s\n", suffix);
	ktap_write(line, len);
	errno = saved;
}

static KTAP_UNUSED KTAP_PRINTF(1) void ksft_print_msg(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	ktap_line("# ", 0, "", fmt, args);
	va_end(args);
}

static KTAP_UNUSED void ksft_print_header(void)
{
	ktap_write("TAP version 13\n", 15);
}

static KTAP_UNUSED void ksft_set_plan(unsigned int plan)
{
	char line[32];
	int len = snprintf(line, sizeof(line), "1..%u\n", plan);

	ksft_plan = plan;
	ktap_write(line, len);
}

static KTAP_UNUSED unsigned int ksft_cnt(void)
{
	return ksft_pass + ksft_fail + ksft_skip;
}

static KTAP_UNUSED KTAP_PRINTF(1) void ksft_test_result_pass(const char *fmt,
							     ...)
{
	va_list args;

	ksft_pass++;
	va_start(args, fmt);
	ktap_line("ok ", ksft_cnt(), "", fmt, args);
	va_end(args);
}

static KTAP_UNUSED KTAP_PRINTF(1) void ksft_test_result_fail(const char *fmt,
							     ...)
{
	va_list args;

	ksft_fail++;
	va_start(args, fmt);
	ktap_line("not ok ", ksft_cnt(), "", fmt, args);
	va_end(args);
}

/*
 * Write a skipped result: "mlock # SKIP no privilege" comes from
 * ksft_test_result_skip("no privilege", "mlock").
 */
static KTAP_UNUSED KTAP_PRINTF(2) void ksft_test_result_skip(const char *reason,
							     const char *fmt,
							     ...)
{
	char name[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(name, sizeof(name), fmt, args);
	va_end(args);
	ksft_skip++;
	{
		char line[512];
		int len = snprintf(line, sizeof(line), "ok %u %s # SKIP %s\n",
				   ksft_cnt(), name, reason);

		if (len >= (int)sizeof(line))
			len = sizeof(line) - 1;
		ktap_write(line, len);
	}
}

/* Returns the condition, so that a test can add details after a failure. */
static KTAP_UNUSED KTAP_PRINTF(2) bool ksft_test_result(bool cond,
							const char *fmt, ...)
{
	va_list args;

	if (cond)
		ksft_pass++;
	else
		ksft_fail++;
	va_start(args, fmt);
	ktap_line(cond ? "ok " : "not ok ", ksft_cnt(), "", fmt, args);
	va_end(args);
	return cond;
}

/* The end of main: return ksft_finished(). A wrong number of results fails. */
static KTAP_UNUSED int ksft_finished(void)
{
	if (!ksft_plan)
		ksft_set_plan(ksft_cnt());
	if (ksft_plan != ksft_cnt())
		ksft_print_msg("planned %u tests but ran %u", ksft_plan,
			       ksft_cnt());
	ksft_print_msg("Totals: pass:%u fail:%u skip:%u", ksft_pass, ksft_fail,
		       ksft_skip);
	return ksft_fail || ksft_plan != ksft_cnt();
}

/* End a program that cannot run here at all: report a single skipped test. */
static KTAP_UNUSED __attribute__((noreturn)) void
ksft_exit_skip(const char *reason)
{
	ksft_set_plan(1);
	ksft_test_result_skip(reason, "all");
	exit(0);
}

/* Stop at once, because later results would mean nothing. */
static KTAP_UNUSED KTAP_PRINTF(1) __attribute__((noreturn)) void
ksft_exit_fail_msg(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	ktap_line("Bail out! ", 0, "", fmt, args);
	va_end(args);
	_exit(1);
}

#ifdef KTAP_LINKED
static KTAP_UNUSED void ktap_preload(char **argv)
{
	(void)argv;	/* the allocator is linked into this program */
}
#else
/*
 * Run the program again with the library under test preloaded, unless already
 * preloaded. Without HAKMEM_LIB the program keeps its malloc, so a test can run
 * on any allocator.
 */
static KTAP_UNUSED void ktap_preload(char **argv)
{
	const char *lib = getenv("HAKMEM_LIB"), *now = getenv("LD_PRELOAD");
	char list[4096];

	if (!lib || !*lib || (now && strstr(now, lib)))
		return;
	if (access(lib, R_OK))
		ksft_exit_fail_msg("HAKMEM_LIB=%s: %s", lib, strerror(errno));
	snprintf(list, sizeof(list), "%s%s%s", lib, now ? ":" : "",
		 now ? now : "");
	if (setenv("LD_PRELOAD", list, 1))
		ksft_exit_fail_msg("setenv: %s", strerror(errno));
	execv("/proc/self/exe", argv);
	ksft_exit_fail_msg("execv: %s", strerror(errno));
}
#endif

/* True if hakmem is under test, not another allocator. */
static KTAP_UNUSED bool ktap_is_hakmem(void)
{
#ifdef KTAP_LINKED
	return true;
#else
	const char *now = getenv("LD_PRELOAD");

	return now && strstr(now, "libhakmem");
#endif
}

#ifdef __cplusplus
}
#endif
