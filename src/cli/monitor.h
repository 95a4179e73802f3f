/* SPDX-License-Identifier: MIT */
/*
 * monitor.h - takes snapshots of a process as hakmem heat was asked to.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct hak_monitor {
	pid_t process;
	double interval;	 /* seconds between two snapshots */
	unsigned long snapshots; /* 0: until a signal stops the tool */
	const char *csv;	 /* file names; NULL: no file */
	const char *svg;
	bool quiet; /* print the sums only */
};

/* Print the snapshots and write the files. Returns the exit status. */
int hak_monitor_process(const struct hak_monitor *monitor);
