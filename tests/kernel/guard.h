/* SPDX-License-Identifier: MIT */
/*
 * guard.h - uses after free: does the guard report exactly the announced touches?
 *
 * Each sin runs in its own process. Before the process touches a page, the
 * process writes "touch ADDRESS BYTES KIND TID NAME". guard_judge() expects one
 * line of the guard for each of these lines.
 */
#pragma once

#include "keeper.h"

#define SUPERSLAB	(2 * MIB)
#define COLD_BYTES	(24 * MIB)

struct guard_case {
	const char *name;
	const struct guard_sin *sin;
	size_t size;
	bool other;	/* another thread, with its own name, commits the sin */
	bool silent;	/* the guard cannot see this sin */
};

/* The table in guard_cases.c, and the function to commit a case. */
extern const struct guard_case guard_cases[];
extern const int guard_nr_cases;
int guard_commit(int nr);

struct guard_page {
	uintptr_t at;
	unsigned long bytes;
	char kind[8];
	int tid;
	char name[20];
};

/* ---- in the judged process ---- */

/* let freed memory go back at once, and start the guard */
static UTIL_UNUSED void guard_set(const char *mode)
{
	setenv("HAKMEM_GUARD", mode, 1);
	setenv("HAKMEM_PROFILE", "lean", 1);
	setenv("HAKMEM_KEEP_MB", "0", 1);
	setenv("HAKMEM_KEEP_PERCENT", "0", 1);
	setenv("HAKMEM_DECOMMIT_DELAY", "0", 1);
}

static UTIL_UNUSED bool guard_traps(void)
{
	const char *mode = getenv("HAKMEM_GUARD");

	return mode && !strcmp(mode, "trap");
}

static const struct hakmem_stats *guard_stats(void)
{
	return (const struct hakmem_stats *)dlsym(RTLD_DEFAULT,
						    "hakmem_stats_page");
}

static bool guard_has_mode(long unused)
{
	(void)unused;
	return atomic_load(&guard_stats()->guard) != HAK_MODE_OFF;
}

/* the guard's mode; waits until the mode is known */
static UTIL_UNUSED enum hak_mode guard_mode(void)
{
	ktap_await(guard_has_mode, 0, PATIENCE);
	return (enum hak_mode)atomic_load(&guard_stats()->guard);
}

static UTIL_UNUSED bool guarded_from(long count)
{
	return ktap_stat(HAK_STAT_GUARDED) >= (uint64_t)count;
}

static UTIL_UNUSED bool touched_is(long count)
{
	return ktap_stat(HAK_STAT_TOUCHED) == (uint64_t)count;
}

static UTIL_UNUSED char *superslab_of(const void *at)
{
	return (char *)((uintptr_t)at & ~(uintptr_t)(SUPERSLAB - 1));
}

/*
 * true if no page of the superslabs with these bytes is resident; touches no
 * page
 */
static UTIL_UNUSED bool is_cold(const void *at, size_t bytes)
{
	unsigned char there[SUPERSLAB / 4096];
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *base = superslab_of(at);

	for (; base < (const char *)at + bytes; base += SUPERSLAB) {
		if (mincore(base, SUPERSLAB, there))
			return false;
		for (size_t i = 0; i < SUPERSLAB / page; i++)
			if (there[i] & 1)
				return false;
	}
	return true;
}

/* blocks of one size, which were used, freed and given back to the kernel */
struct cold {
	char **block;
	size_t count, size, usable;
};

/* In guard_cold.c, as guard_announce() and guard_give_up(). */
bool cold_make(struct cold *cold, size_t size);
/* allocates and writes all blocks; with `zero` by calloc, and checks for zeroes */
void cold_fill(struct cold *cold, bool zero);
void cold_drain(struct cold *cold);
/* a block that `suits` accepts, with no resident page in its superslabs; or NULL */
char *cold_pick(const struct cold *cold, bool (*suits)(const char *block));

/* announce the calling thread's next touch */
void guard_announce(const char *kind, const void *at, size_t bytes);

/* print the reason and the guard's counters, and end the process */
__attribute__((noreturn)) void guard_give_up(const char *why);

/* ---- in the judging process ---- */

/*
 * runs this program again with the argument WORD, under the guard; skips if
 * PREPARE returns false
 */
static UTIL_UNUSED void guard_run(struct ktap_run *run, const char *word,
				  const char *mode, bool (*prepare)(void))
{
	const char *exe = self_path();
	int fd[2];
	pid_t pid = ktap_run_start(fd, 3 * PATIENCE);

	if (pid == 0) {
		guard_set(mode);
		if (prepare && !prepare())
			_exit(SKIPPED);
		execl(exe, exe, word, (char *)NULL);
		_exit(127);
	}
	ktap_run_end(run, pid, fd);
}

static bool guard_skipped(const struct ktap_run *run)
{
	return WIFEXITED(run->status) && WEXITSTATUS(run->status) == SKIPPED;
}

/*
 * does the line say "where blocks of 64 bytes were, in superslab 16 of node 0",
 * or the same of another place?
 */
static bool guard_tells_what(const char *line, size_t len, size_t size)
{
	char what[128], word[32];

	if (len >= sizeof(what))
		return false;
	memcpy(what, line, len);
	what[len] = '\0';
	snprintf(word, sizeof(word), " of %zu bytes", size);
	return strstr(what, size < MIB ? word : "a large block") &&
	       strstr(what, " in superslab ") &&
	       (strstr(what, " of node ") || strstr(what, " of no node"));
}

/* parse the report for `page`; returns the text after the report, or NULL */
static const char *guard_told(const char *line, const struct guard_page *page,
			      size_t size)
{
	static const char advice[] = "; what was there has been freed and given "
				     "back; look for a pointer that was kept\n";
	size_t len = strlen(page->name);
	const char *given;
	unsigned long at, ms;
	int tid, used = 0;
	char kind[8];

	if (sscanf(line, "hakmem: use after free: 0x%lx: %7[a-z] by thread "
		   "%d (%n", &at, kind, &tid, &used) != 3 || !used)
		return NULL;
	line += used;
	if (at < page->at || at >= page->at + page->bytes ||
	    strcmp(kind, page->kind) || tid != page->tid ||
	    strncmp(line, page->name, len) || strncmp(line + len, "), ", 3))
		return NULL;
	line += len + 3;
	given = strstr(line, ", given back ");
	used = 0;
	if (!given || !guard_tells_what(line, (size_t)(given - line), size) ||
	    sscanf(given, ", given back %lu ms ago%n", &ms, &used) != 1 ||
	    !used || ms > 60000)
		return NULL;
	line = given + used;
	return strncmp(line, advice, strlen(advice)) ? NULL :
						       line + strlen(advice);
}

/* the guard's word for a touch that may be a read or a write */
static const char *guard_kind;

/*
 * true if the output has exactly one line for each touch; in trap mode the
 * first touch kills
 */
static bool guard_judge(const struct ktap_run *run, bool trap, bool silent,
			size_t size)
{
	const char *line = run->out, *told = run->err;
	struct guard_page page;
	int touches = 0;

	for (; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (sscanf(line, "touch %lx %lu %7s %d %19[^\n]", &page.at,
			   &page.bytes, page.kind, &page.tid, page.name) != 5)
			continue;
		touches++;
		if (trap && touches > 1)
			continue;
		if (guard_kind)
			strcpy(page.kind, guard_kind);
		told = guard_told(told, &page, size);
		if (!told)
			return false;
	}
	if (*told || silent != !touches)
		return false;
	if (trap && touches)
		return WIFSIGNALED(run->status) &&
		       WTERMSIG(run->status) == SIGABRT;
	return ktap_run_ok(run);
}

static UTIL_UNUSED void guard_result(const struct ktap_run *run, bool trap,
				     bool silent, size_t size,
				     const char *name)
{
	if (guard_skipped(run))
		ksft_test_result_skip("not possible here", "%s", name);
	else if (!ksft_test_result(guard_judge(run, trap, silent, size),
				   "%s", name))
		ktap_run_print(run);
}
