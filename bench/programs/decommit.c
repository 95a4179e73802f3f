/* SPDX-License-Identifier: MIT */
/*
 * decommit.c - much is freed at once: who pays for its going back, and when.
 *
 * Run     decommit [-m MIB] [-t OTHERS] PATTERN      for bench/decommit
 * Honest  what is freed was all written to; OTHERS never stop, and how long
 *         they wait is told of the same time before, too: until the last free,
 *         but 0.1 s at least. Interrupts are the whole machine's.
 */
#include "decommit.h"

#include "bench/loads/load.h"

#include "base/hakmem.h"
#include "base/stats.h"
#include "arch/arch.h"

#include <dirent.h>
#include <dlfcn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	WARM_UP = 16,	 /* that part of it is freed once before */
	POLL_MS = 1,	 /* how often it is looked whether all is gone */
	WINDOW_MS = 100, /* of the others, if freeing takes no longer */
	GIVE_UP = 500,	 /* ms in which nothing went */
	LEFT_OVER = 16,	 /* that part of it may stay, and that counts as gone */
	LEFT_MIB = 16,	 /* or so many MiB, if that is more */
};

static const struct pattern {
	const char *name;
	size_t bytes;
	int apart; /* as many blocks again stay, one between each two */
} patterns[] = {
	{ "2m", 2 << 20, 0 },
	{ "2m-apart", 2 << 20, 1 },
	{ "64k", 64 << 10, 0 },
	{ "100", 100, 0 },
};

static const struct pattern *pattern;
static size_t mib = 1024;
static int nr_others;
static double ticks_per_us;

static void sleep_ms(long ms)
{
	struct timespec time = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&time, NULL);
}

/* ---- What it costs ------------------------------------------------------- */

/* of all processors, since they were started */
struct interrupts {
	double shootdowns;
	double calls;
};

static double now_ns(clockid_t clock)
{
	struct timespec now = { 0, 0 };

	clock_gettime(clock, &now);
	return now.tv_sec * 1e9 + now.tv_nsec;
}

/* The kernel's number for the clock of a thread, whoever made it. */
static clockid_t clock_of(pid_t tid)
{
	return (clockid_t)(~(unsigned int)tid << 3 | 6);
}

/*
 * Of all threads but the others. The clock of the process would do, were it not
 * behind by what threads on other processors did since their last tick.
 */
static double cpu_ns(void)
{
	DIR *tasks = opendir("/proc/self/task");
	struct dirent *entry;
	double ns = 0;
	pid_t tid;

	if (!tasks)
		load_fail("cannot read /proc/self/task");
	while ((entry = readdir(tasks))) {
		tid = atoi(entry->d_name);
		if (tid && !others_have(tid))
			ns += now_ns(clock_of(tid));
	}
	closedir(tasks);
	return ns;
}

/* those of all processors, of a line of /proc/interrupts; 0 if there is none */
static double sum_of(const char *text, const char *name)
{
	const char *at = strstr(text, name);
	double sum = 0;
	char *end;

	if (!at)
		return 0;
	for (at += strlen(name);; at = end) {
		sum += strtoul(at, &end, 10);
		if (end == at)
			return sum;
	}
}

static struct interrupts interrupts(void)
{
	static char text[1 << 16];
	FILE *file = fopen("/proc/interrupts", "r");
	size_t got = file ? fread(text, 1, sizeof(text) - 1, file) : 0;

	text[got] = '\0';
	if (file)
		fclose(file);
	return (struct interrupts){ sum_of(text, "TLB:"),
				    sum_of(text, "CAL:") };
}

/* The counter of that number of all spans; 0 under other libraries. */
static double counter(enum hak_stat which)
{
	const struct hakmem_stats *page =
		dlsym(RTLD_DEFAULT, "hakmem_stats_page");
	double sum = 0;

	for (uint32_t i = 0; page && i < page->spans; i++)
		sum += page->span[i][which];
	return sum;
}

/* ---- What is freed ------------------------------------------------------- */

static void fill(void **blocks, long nr)
{
	for (long i = 0; i < nr; i++) {
		blocks[i] = load_get(pattern->bytes, (uintptr_t)&blocks[i]);
		load_touch(blocks[i], pattern->bytes);
	}
}

static void check(void **blocks, long nr, int step)
{
	for (long i = 0; i < nr; i += step)
		load_check(blocks[i], (uintptr_t)&blocks[i]);
}

/* The first, and those that no other stays before. */
static void drop(void **blocks, long nr)
{
	for (long i = 0; i < nr; i += 1 + pattern->apart)
		free(blocks[i]);
}

static double window_end_ns;

static void sleep_a_little(void)
{
	sleep_ms(POLL_MS);
	if (others_phase == DURING && load_wall_ns() > window_end_ns)
		others_phase = SILENT;
}

/* Until so many MiB are resident at most; false if that does not come to be. */
static int wait_for(double most)
{
	double least = load_resident(), since = load_wall_ns(), now, left;

	for (left = least; left > most; left = load_resident()) {
		now = load_wall_ns();
		if (left < least - 1) {
			least = left;
			since = now;
		}
		if (now - since > GIVE_UP * 1e6)
			return 0;
		sleep_a_little();
	}
	return 1;
}

/* What was never given back cannot be missed, nor has a keeper been born. */
static void warm_up(void **blocks, long nr, double most)
{
	fill(blocks, nr);
	for (long i = 0; i < nr; i++)
		free(blocks[i]);
	wait_for(most);
	sleep_ms(GIVE_UP / 5);
}

/* ---- All of it ----------------------------------------------------------- */

/* the others as they are */
static void look_before(void)
{
	double begin = load_wall_ns();
	uint64_t ticks = arch_ticks();

	others_phase = BEFORE;
	sleep_ms(WINDOW_MS);
	others_phase = SILENT;
	ticks_per_us = (arch_ticks() - ticks) / (load_wall_ns() - begin) * 1e3;
}

static void free_all(void **blocks, long nr, double most)
{
	struct interrupts before = interrupts(), after;
	double begin, thread, wall, cpu, cpu_begin, returned;
	int gone;

	others_phase = DURING;
	cpu_begin = cpu_ns();
	begin = load_wall_ns();
	window_end_ns = begin + WINDOW_MS * 1e6;
	thread = now_ns(CLOCK_THREAD_CPUTIME_ID);
	drop(blocks, nr);
	thread = now_ns(CLOCK_THREAD_CPUTIME_ID) - thread;
	wall = load_wall_ns() - begin;
	cpu = cpu_ns() - cpu_begin;
	gone = wait_for(most);
	returned = load_wall_ns() - begin;
	if (gone)
		cpu = cpu_ns() - cpu_begin;
	while (others_phase == DURING)
		sleep_a_little();
	after = interrupts();

	load_figure("time", thread / 1e6, "ms", "lower");
	load_figure("wall", wall / 1e6, "ms", "lower");
	if (gone)
		load_figure("returned", returned / 1e6, "ms", "lower");
	load_figure("cpu", cpu / 1e6, "ms", "lower");
	load_figure("shootdowns", after.shootdowns - before.shootdowns,
		    "interrupts", "lower");
	load_figure("calls", after.calls - before.calls, "interrupts", "lower");
}

static void measure(void **blocks, long nr)
{
	double base = load_resident(), live = pattern->apart ? mib : 0;
	double most = mib / LEFT_OVER > LEFT_MIB ? mib / LEFT_OVER : LEFT_MIB;

	warm_up(blocks, nr / WARM_UP + 1, base + most);
	fill(blocks, nr);
	check(blocks, nr, 1);
	look_before();
	free_all(blocks, nr, base + live + most);
	load_figure("left", load_resident() - base - live, "MiB", "lower");
	others_end();
	if (pattern->apart)
		check(blocks + 1, nr - 1, 2);
	others_report(BEFORE, "before", ticks_per_us);
	others_report(DURING, "during", ticks_per_us);
	load_figure("fallen", counter(HAK_STAT_METHODS_ABANDONED), "methods",
		    "lower");
}

static _Noreturn void usage(void)
{
	fprintf(stderr, "usage: decommit [-m MIB] [-t OTHERS] 2m|2m-apart|64k|"
			"100\n");
	exit(2);
}

static void parse(int argc, char **argv)
{
	size_t i;
	int opt;

	while ((opt = getopt(argc, argv, "m:t:")) != -1) {
		if (opt == 'm')
			mib = strtoul(optarg, NULL, 10);
		else if (opt == 't')
			nr_others = atoi(optarg);
		else
			usage();
	}
	for (i = 0;
	     optind == argc - 1 && i < sizeof(patterns) / sizeof(*patterns);
	     i++)
		if (!strcmp(argv[optind], patterns[i].name))
			pattern = &patterns[i];
	if (!pattern || mib < 2 || mib > 1 << 20 || nr_others < 0 ||
	    nr_others > OTHERS_MAX)
		usage();
}

int main(int argc, char **argv)
{
	void **blocks;
	long nr;

	parse(argc, argv);
	nr = (mib << 20) / pattern->bytes << pattern->apart;
	blocks = load_table(nr * sizeof(*blocks));
	others_start(nr_others);
	measure(blocks, nr);
	return 0;
}
