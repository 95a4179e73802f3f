/* SPDX-License-Identifier: MIT */
/*
 * round.h - what the keeper looks for, and what work a round does.
 *
 * For the keeper only. A round calls only what the keeper's permissions (os/self.h)
 * allow.
 */
#pragma once

#include "front/decide.h"
#include "os/pressure.h"

/* At the keeper's birth and end: open and close what the keeper listens to. */
void hak_round_open(void);
void hak_round_close(void);

/*
 * First part of a round: how old is the keeper, who is left, which calls are safe?
 * Fills all but the last two fields.
 */
void hak_round_look(struct hak_seen *seen);

/* Second part: do all work there is. Fills `work_ms` and `listens`. */
void hak_round_work(struct hak_seen *seen);

/* Third part: check the watcher, observe. Fills `watch_ms`. */
void hak_round_watch(struct hak_seen *seen);

/* What a sleeping keeper listens to. */
const struct hak_pressure *hak_round_pressure(void);
