/* SPDX-License-Identifier: MIT */
/*
 * decommit.h - the threads that allocate while decommit.c frees.
 *
 * Each thread replaces small blocks and measures each malloc. The main thread sets
 * the phase; each wait counts for the phase in which malloc was called.
 */
#pragma once

#include <stdatomic.h>
#include <sys/types.h>

enum { OTHERS_MAX = 64 };

enum others_phase { SILENT, BEFORE, DURING, NR_PHASES, END = NR_PHASES };

extern _Atomic int others_phase;

/* Starts NR threads, and returns when each thread has filled its blocks. */
void others_start(int nr);

/* Sets the last phase, and joins the threads. */
void others_end(void);

/* Is TID one of the threads? */
int others_have(pid_t tid);

/* Prints the waits of a phase: PREFIX_p99.9 and PREFIX_max, in microseconds. */
void others_report(enum others_phase which, const char *prefix,
		   double ticks_per_us);
