/* SPDX-License-Identifier: MIT */
/*
 * memory.h - what the kernel says of the memory of a load, now and later.
 *
 * Only memory_watch() allocates, and the first figure takes stdio's buffer.
 */
#pragma once

/* MiB of a field of /proc/self/smaps_rollup: "Rss", "AnonHugePages", ... */
double memory_rollup(const char *field);

/*
 * MiB that the process has, and that its cgroup has: there huge pages of which a
 * part was given back count whole until the kernel splits them, and other
 * processes of the cgroup count too. Below 0 where the kernel does not say.
 */
struct memory {
	double rss;
	double cgroup;
};

struct memory memory_now(void);

/* What a load's own BYTES, which are to be mapped, will add. */
struct memory memory_with(struct memory before, unsigned long bytes);

/* Print rssNAME, and cgroupNAME where known: what there is more than in BASE. */
void memory_figures(const char *name, struct memory base);

/* Seconds, each more than the one before, and their names. */
enum { MEMORY_TIMES = 8 };

struct memory_times {
	int nr;
	double at[MEMORY_TIMES];
	char name[MEMORY_TIMES][16];
};

/* Of a text such as "0,2,15"; NULL has none. Exits with 2 on other texts. */
struct memory_times memory_times(const char *text);

/*
 * Print figures at each of the times from now: rss0, rss2, rss15. While it waits,
 * the thread makes and frees 1,000 small blocks 100 times a second.
 */
void memory_watch(const struct memory_times *times, struct memory base);

/*
 * Start a second thread, which sleeps: some allocators have a thread of their own
 * only in a program with several, as servers are.
 */
void memory_sleeper(void);
