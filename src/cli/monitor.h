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
	unsigned long snapshots; /* number; 0: until a signal stops the tool */
	const char *csv;	 /* name of the CSV file to write; NULL: none */
	const char *svg;	 /* name of the SVG file to write; NULL: none */
	bool quiet; /* print the sums only */
};

/* Print the snapshots and write the files. Returns the exit status. */
int hak_monitor_process(const struct hak_monitor *monitor);
