/* SPDX-License-Identifier: MIT */
/*
 * memory.c - what the kernel says of the memory of a load, now and later.
 *
 * Exact   smaps_rollup counts pages; statm lags behind by the per-CPU batches.
 */
#include "memory.h"

#include "load.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const double mib = 1 << 20;

/* The text of a file of the kernel in TEXT, which is empty if there is none. */
static void slurp(const char *path, char *text, size_t room)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, text, room - 1);

	if (fd >= 0)
		close(fd);
	text[got > 0 ? got : 0] = '\0';
}

double memory_rollup(const char *field)
{
	char text[4096], *line = text;
	size_t len = strlen(field);

	slurp("/proc/self/smaps_rollup", text, sizeof(text));
	while (line && (strncmp(line, field, len) != 0 || line[len] != ':')) {
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	if (!line)
		load_fail("/proc/self/smaps_rollup lacks a field");
	return strtod(line + len + 1, NULL) / 1024;
}

/* ROOT/GROUP/FILE as MiB, below 0 if it cannot be read. */
static double usage(const char *root, const char *group, const char *file)
{
	char path[PATH_MAX], text[64];

	snprintf(path, sizeof(path), "%s%s/%s", root, group, file);
	slurp(path, text, sizeof(text));
	return *text ? strtod(text, NULL) / mib : -1;
}

/* The rest of the line "N:CONTROLLER:PATH" of LINES; NULL if there is none. */
static const char *group_of(const char *lines, const char *controller,
			    char *path, size_t room)
{
	const char *at = strstr(lines, controller);

	if (!at)
		return NULL;
	at += strlen(controller);
	snprintf(path, room, "%.*s", (int)strcspn(at, "\n"), at);
	return path;
}

/* Version 2 alone, version 1 beside version 2, or neither. */
static double cgroup_now(void)
{
	char lines[4096], path[PATH_MAX / 2];
	double now = -1;

	slurp("/proc/self/cgroup", lines, sizeof(lines));
	if (group_of(lines, ":memory:", path, sizeof(path)))
		now = usage("/sys/fs/cgroup/memory", path,
			    "memory.usage_in_bytes");
	if (now < 0 && group_of(lines, "0::", path, sizeof(path)))
		now = usage("/sys/fs/cgroup", path, "memory.current");
	return now;
}

struct memory memory_now(void)
{
	return (struct memory){ memory_rollup("Rss"), cgroup_now() };
}

struct memory memory_with(struct memory before, unsigned long bytes)
{
	before.rss += bytes / mib;
	before.cgroup += before.cgroup < 0 ? 0 : bytes / mib;
	return before;
}

static void figure(const char *what, const char *name, double value)
{
	char both[64];

	snprintf(both, sizeof(both), "%s%s", what, name);
	load_figure(both, value > 0 ? value : 0, "MiB", "lower");
}

void memory_figures(const char *name, struct memory base)
{
	struct memory now = memory_now();

	figure("rss", name, now.rss - base.rss);
	if (base.cgroup >= 0 && now.cgroup >= 0)
		figure("cgroup", name, now.cgroup - base.cgroup);
}

enum { TICK_US = 10000, TICK_BLOCKS = 1000 };

/*
 * A server that waits still has a little work. Many libraries give memory back
 * only while the program calls them, and more often than from a full cache.
 */
static void tick(uint64_t *random)
{
	void *blocks[TICK_BLOCKS];

	for (int i = 0; i < TICK_BLOCKS; i++)
		blocks[i] = load_get(load_powerlaw(load_random(random), 4), i);
	for (int i = 0; i < TICK_BLOCKS; i++)
		load_put(blocks[i], i);
}

static void wait_until(double wall_ns, uint64_t *random)
{
	double left_us;

	while ((left_us = (wall_ns - load_wall_ns()) / 1e3) > 0) {
		usleep(left_us < TICK_US ? left_us : TICK_US);
		tick(random);
	}
}

static _Noreturn void refuse(const char *text)
{
	fprintf(stderr, "%s: use seconds that increase, as in 0,2,15\n", text);
	exit(2);
}

struct memory_times memory_times(const char *text)
{
	struct memory_times times = { .nr = 0 };
	const char *at = text;

	while (at && *at) {
		size_t len = strcspn(at, ",");
		double last = times.nr ? times.at[times.nr - 1] : -1, now;
		char *end;

		now = strtod(at, &end);
		if (end != at + len || len >= sizeof(*times.name) ||
		    !(now > last && now < 1e4) || times.nr == MEMORY_TIMES)
			refuse(text);
		memcpy(times.name[times.nr], at, len);
		times.at[times.nr++] = now;
		at += len + (at[len] == ',');
	}
	return times;
}

void memory_watch(const struct memory_times *times, struct memory base)
{
	double start = load_wall_ns();
	uint64_t random = load_seed(0);

	for (int i = 0; i < times->nr; i++) {
		wait_until(start + times->at[i] * 1e9, &random);
		memory_figures(times->name[i], base);
	}
}

static void *sleep_on(void *unused)
{
	free(malloc(64));
	for (;;)
		pause();
	return unused;
}

void memory_sleeper(void)
{
	pthread_detach(load_spawn(sleep_on, NULL));
}
