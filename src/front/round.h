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
 * Open, at the keeper's birth, the descriptors on which the keeper listens;
 * close them at the keeper's end.
 */
void hak_round_open(void);
void hak_round_close(void);

/*
 * First part of a round: find the keeper's age, the threads that remain, and
 * the allowed system calls. Fills all fields but the last two.
 */
void hak_round_look(struct hak_seen *seen);

/* Second part: do all work that there is. Fills `work_ms` and `listens`. */
void hak_round_work(struct hak_seen *seen);

/* Third part: check the watcher, and observe. Fills `watch_ms`. */
void hak_round_watch(struct hak_seen *seen);

/* The source of memory pressure on which a sleeping keeper listens. */
const struct hak_pressure *hak_round_pressure(void);
