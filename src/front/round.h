/* SPDX-License-Identifier: MIT */
/*
 * round.h - what the keeper looks for, and the work of a round.
 *
 * Only the keeper calls these functions. A round makes only system calls that
 * the keeper's permissions (os/self.h) allow.
 */
#pragma once

#include "front/decide.h"
#include "os/pressure.h"

/*
 * Call hak_round_open() when the keeper begins, and hak_round_close() when the keeper
 * ends. They start and stop the watcher, and open and close the files that report
 * memory pressure.
 */
void hak_round_open(void);
void hak_round_close(void);

/*
 * First part of a round: find the keeper's age, whether threads of the program remain,
 * and which system calls are safe. Fills the fields but `permanent`, `work_ms`,
 * `listens` and `watch_ms`. If the keeper must end, some fields keep their old values.
 */
void hak_round_look(struct hak_seen *seen);

/* Second part of a round: do all work that there is. Fills `work_ms` and `listens`. */
void hak_round_work(struct hak_seen *seen);

/* Third part of a round: check the watcher, and continue observing. Fills `watch_ms`. */
void hak_round_watch(struct hak_seen *seen);

/* The files by which the kernel wakes a sleeping keeper when memory is short. */
const struct hak_pressure *hak_round_pressure(void);
