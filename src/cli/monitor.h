/* SPDX-License-Identifier: MIT */
/*
 * monitor.h - what hakmem heat was asked for, and doing it.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct hak_monitor {
	pid_t process;
	double interval;	 /* seconds between two looks */
	unsigned long snapshots; /* 0: until a signal says stop */
	const char *csv;	 /* NULL: none */
	const char *svg;
	bool quiet; /* sums only */
};

/* Print the looks and write the files. Returns the exit status. */
int hak_monitor_process(const struct hak_monitor *monitor);
