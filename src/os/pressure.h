/* SPDX-License-Identifier: MIT */
/*
 * pressure.h - whether memory is short.
 *
 * Of the process's own cgroup where that can be seen, else of the machine. One
 * thread's: the descriptors are in its table.
 */
#pragma once

#include <stdbool.h>

enum { HAK_PRESSURE_FDS = 2 };

struct hak_pressure {
	unsigned count;
	int fd[HAK_PRESSURE_FDS]; /* POLLPRI when there is news */
	bool stale; /* the cgroup is gone: close and open it anew */
};

/*
 * Pressure stall information (Linux 4.20; without privilege since 6.5) and the
 * cgroup's memory.events. Where neither may be had, count is 0.
 */
void hak_pressure_open(struct hak_pressure *ret_pressure);

/* Is memory short? Each piece of news is told once. */
bool hak_pressure_news(struct hak_pressure *pressure);

void hak_pressure_close(struct hak_pressure *pressure);
