/* SPDX-License-Identifier: MIT */
/*
 * guard.h - memory that went back to the kernel is armed: whoever touches it
 * uses it after it was freed.
 *
 * `armed` stands in a superslab's record from before its pages go until it is lent
 * again. How it is armed (hak_stats_page.guard): by userfaultfd, by the keeper
 * alone; else by guard regions or page protection, by any thread, and a touch is
 * a SIGSEGV.
 */
#pragma once

#include "heap/span.h"
#include "os/uffd.h"
#include "base/options.h"
#include "base/stats.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The keeper's: opens what there is; `filtered`: with no call that is new to the
 * process.
 */
void hak_guard_open(bool filtered);
void hak_guard_close(enum hak_mode why);

/* What was armed in the parent, once there is a watcher. */
void hak_guard_arm_again(void);

/*
 * The descriptor is not ours, or not to be closed: in a fork child, whose memory is
 * not armed, whatever its records say; and where a filter has come.
 */
void hak_guard_forget(enum hak_mode why);

/* What the watcher has to read touches from; fd is -1 if there is nothing. */
const struct hak_uffd *hak_guard_uffd(void);

/* Is the keeper the only one who can arm? */
bool hak_guard_keepers(void);

/*
 * INFLIGHT superslabs that are marked (armed.h), and the caller's: arms them, which
 * calls the kernel; and unmarks what could not be armed. `gone`: the kernel has their
 * pages.
 */
void hak_guard_arm(struct hak_span *span, uint32_t first, uint32_t count);
void hak_guard_settle_locked(struct hak_span *span, uint32_t first,
			     uint32_t count, bool gone);

/* The watcher's: a touch of armed memory. */
void hak_guard_touched(const struct hak_touch *touch);
