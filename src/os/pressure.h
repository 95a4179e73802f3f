/* SPDX-License-Identifier: MIT */
/*
 * pressure.h - notices if memory is short.
 *
 * The kernel reports pressure for the process's own cgroup if the cgroup's
 * files are visible, otherwise for the machine. Only one thread uses these
 * functions, because the descriptors are in the thread's own table.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { HAK_PRESSURE_FDS = 3 };

struct hak_pressure {
	unsigned count;
	int fd[HAK_PRESSURE_FDS]; /* POLLPRI signals news */
	unsigned members;	  /* index of cgroup.events */
	int where;		  /* file with the process's cgroup path, or -1 */
	uint64_t cgroup;	  /* hash of the path */
	uint32_t looked;	  /* second of the last check */
	bool stale; /* the cgroup has changed: close and open again */
};

/*
 * Open pressure stall information (Linux 4.20; without privileges since 6.5) and
 * memory.events of the cgroup. If neither is available, `count` is 0.
 */
void hak_pressure_open(struct hak_pressure *ret_pressure);

/* Which descriptors have news? Returns their bits, and does not wait. */
unsigned hak_pressure_look(const struct hak_pressure *pressure);

/*
 * Is memory short? Reads the descriptors in `which` by pread(2), so that each
 * event counts once. Every second also checks the process's cgroup.
 */
bool hak_pressure_take(struct hak_pressure *pressure, unsigned which);

void hak_pressure_close(struct hak_pressure *pressure);
