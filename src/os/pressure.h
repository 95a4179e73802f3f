/* SPDX-License-Identifier: MIT */
/*
 * pressure.h - whether memory is short.
 *
 * Of the process's own cgroup where that can be seen, else of the machine. One
 * thread's: the descriptors are in its table.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { HAK_PRESSURE_FDS = 3 };

struct hak_pressure {
	unsigned count;
	int fd[HAK_PRESSURE_FDS]; /* POLLPRI when there is news */
	unsigned members;	  /* which tells that they come and go */
	int where;		  /* file that says which cgroup it is, or -1 */
	uint64_t cgroup;	  /* what that said, in short */
	uint32_t looked;	  /* in which second */
	bool stale; /* it is another cgroup now: close and open it anew */
};

/*
 * Pressure stall information (Linux 4.20; without privilege since 6.5) and the
 * cgroup's memory.events. Where neither may be had, count is 0.
 */
void hak_pressure_open(struct hak_pressure *ret_pressure);

/* Which descriptors have news, by a call that does not wait: bits of their numbers. */
unsigned hak_pressure_look(const struct hak_pressure *pressure);

/*
 * Is memory short? Of those that have news the descriptors are read, by pread(2), so
 * that each piece is told once; and every second, which cgroup it is.
 */
bool hak_pressure_take(struct hak_pressure *pressure, unsigned which);

void hak_pressure_close(struct hak_pressure *pressure);
