/* SPDX-License-Identifier: MIT */
/*
 * pressure.h - notices if memory is short.
 *
 * The kernel reports pressure for the process's own cgroup if the cgroup's
 * files are visible, otherwise for the machine. Only the keeper uses these
 * functions, because the descriptors lie in the keeper's own descriptor table.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { HAK_PRESSURE_FDS = 3 };

struct hak_pressure {
	unsigned count;		  /* number of descriptors in fd[] */
	int fd[HAK_PRESSURE_FDS]; /* files that report events by POLLPRI */
	unsigned members;	  /* index of cgroup.events in fd[], if open */
	int where;		  /* /proc/thread-self/cgroup: names the cgroup; or -1 */
	uint64_t cgroup;	  /* hash of the cgroup's name; 0: unknown */
	uint32_t looked;	  /* second of the last check of the name */
	bool stale;		  /* the process left the cgroup: close all, and open again */
};

/*
 * Open the pressure stall information (Linux 4.20; without privileges since 6.5), and
 * memory.events and cgroup.events of the cgroup. If none of these files can be opened,
 * `count` is 0.
 */
void hak_pressure_open(struct hak_pressure *ret_pressure);

/* Which descriptors report an event now? Returns bit i for fd[i], and does not wait. */
unsigned hak_pressure_look(const struct hak_pressure *pressure);

/*
 * Is memory short? `which` has bit i if fd[i] reports an event. The function reads
 * these files, so that each event counts once. Once a second, and after an event of
 * cgroup.events, the function also checks the name of the process's cgroup, and sets
 * `stale` if the name has changed.
 */
bool hak_pressure_take(struct hak_pressure *pressure, unsigned which);

void hak_pressure_close(struct hak_pressure *pressure);
