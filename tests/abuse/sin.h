/* SPDX-License-Identifier: MIT */
/*
 * sin.h - a table of sins (misuses of the heap), each committed in its own process.
 *
 * A sin should end with a line of exact form on stderr and an abort. If the
 * program has to survive the sin, nothing must happen.
 *
 * Each program calls: return sin_main(argc, argv, table, count).
 */
#pragma once

#include <stdint.h>
#include <sys/resource.h>

#include "../ktap.h"
#include "../ktap_run.h"

/* The ends of a sin, in addition to the kinds of faults.def. */
#define SIN_SURVIVED	"survived"	/* exit 0, nothing on stderr */
#define SIN_LIBC	"libc"		/* libc's message, libc's abort */
#define SIN_DIES	"dies"		/* by any signal, with any message */
/*
 * In front of a list of kinds: hakmem prints the line, but the program exits
 * with 0.
 */
#define SIN_TOLD	"told: "

struct sin {
	const char *name;
	void (*commit)(size_t size);
	size_t size;
	const char *ends;	/* expected kinds, separated by '|' */
};

/*
 * Free a block without the compiler's knowledge: the compiler itself detects
 * some sins.
 */
static KTAP_UNUSED __attribute__((noinline)) void sin_free(void *block)
{
	free(ktap_opaque(block));
}

static KTAP_UNUSED void *sin_malloc(size_t size)
{
	unsigned char *block = malloc(size);

	if (!block)
		_exit(120);
	memset(block, 0x11, size);
	return ktap_opaque(block);
}

/* Tell the process that runs the sin which pointer the message must name. */
static KTAP_UNUSED void *sin_names(void *pointer)
{
	char text[32];
	int len = snprintf(text, sizeof(text), "%p\n", pointer);

	ktap_write(text, len);
	return pointer;
}

/* The attack was successful: malloc has returned a forbidden block. */
static KTAP_UNUSED void sin_exploited(const char *what)
{
	fprintf(stderr, "exploited: %s\n", what);
	_exit(99);
}

/*
 * Is the output a line "hakmem: <kind>: <pointer>: <detail>" with a kind from
 * the list? In the list, text after a '~' is the expected start of the detail.
 */
static bool sin_message(const struct ktap_run *run, const char *kinds)
{
	char start[256], named[32] = "";
	const char *end = strchr(run->err, '\n');
	size_t len, kind;

	if (!end || end[1] || sscanf(run->out, "%31s", named) > 1)
		return false;
	while (*kinds) {
		len = strcspn(kinds, "|");
		kind = strcspn(kinds, "~|");
		snprintf(start, sizeof(start), "hakmem: %.*s: %s%s%.*s",
			 (int)kind, kinds, named[0] ? named : "0x",
			 named[0] ? ": " : "",
			 kind < len ? (int)(len - kind - 1) : 0,
			 kinds + kind + 1);
		if (!strncmp(run->err, start, strlen(start)) &&
		    end > run->err + strlen(start) + 5)
			return true;
		kinds += len + (kinds[len] == '|');
	}
	return false;
}

static bool sin_ended_as(const struct ktap_run *run, const char *ends)
{
	bool aborted = WIFSIGNALED(run->status) &&
		       WTERMSIG(run->status) == SIGABRT;

	if (strstr(ends, SIN_SURVIVED) && ktap_run_ok(run) && !run->err[0])
		return true;
	if (!strncmp(ends, SIN_TOLD, strlen(SIN_TOLD)))
		return ktap_run_ok(run) &&
		       sin_message(run, ends + strlen(SIN_TOLD));
	if (!strcmp(ends, SIN_DIES))
		return WIFSIGNALED(run->status) &&
		       WTERMSIG(run->status) != SIGALRM;
	if (!strcmp(ends, SIN_LIBC))
		return aborted && run->err[0] &&
		       strncmp(run->err, "hakmem", 6);
	return aborted && sin_message(run, ends);
}

static int sin_main(int argc, char **argv, const struct sin *sins, size_t count)
{
	struct rlimit no_core = { 0, 0 };
	struct ktap_run run;

	if (argc > 1) {
		for (size_t i = 0; i < count; i++)
			if (!strcmp(argv[1], sins[i].name))
				sins[i].commit(sins[i].size);
		return 0;
	}
	setrlimit(RLIMIT_CORE, &no_core);
	ktap_preload(argv);
	if (!ktap_is_hakmem())
		ksft_print_msg("not hakmem: its messages cannot be expected");
	ksft_print_header();
	ksft_set_plan((unsigned int)count);
	for (size_t i = 0; i < count; i++) {
		ktap_run_self(&run, sins[i].name, NULL, NULL, 30);
		if (!ksft_test_result(sin_ended_as(&run, sins[i].ends),
				      "%s: %s", sins[i].name, sins[i].ends))
			ktap_run_print(&run);
	}
	return ksft_finished();
}
