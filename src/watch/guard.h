/* SPDX-License-Identifier: MIT */
/*
 * guard.h - arms memory on its way back to the kernel: a touch is a use after free.
 *
 * `armed` stands in a superslab's record from before the pages go until the
 * superslab is lent again. The method is in hak_stats_page.guard: userfaultfd, by
 * the keeper alone; or guard regions or page protection, by any thread, with a
 * SIGSEGV at a touch.
 */
#pragma once

#include "heap/record.h"
#include "os/self.h"
#include "os/uffd.h"
#include "base/options.h"
#include "base/stats.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * For the keeper: open the best available method. Unless the keeper is free, make no
 * new call.
 */
void hak_guard_open(enum hak_self self);
void hak_guard_close(enum hak_mode why);

/* Arm the parent's armed memory again, after the start of the watcher. */
void hak_guard_arm_again(void);

/*
 * Forget the descriptor without closing: in a fork child the descriptor is the
 * parent's, and under a new filter the close may be forbidden. A child's memory is
 * not armed, whatever the records say.
 */
void hak_guard_forget(enum hak_mode why);

/* The descriptor from which the watcher reads touches; fd -1: none. */
const struct hak_uffd *hak_guard_uffd(void);

/* Is the keeper the only thread able to arm? */
bool hak_guard_keepers(void);

/*
 * hak_guard_arm() arms marked INFLIGHT superslabs of the caller (armed.h), and
 * calls the kernel. hak_guard_settle_locked() removes the marks of superslabs that
 * could not be armed. `gone`: the kernel has the pages.
 */
void hak_guard_arm(struct hak_span *span, uint32_t first, uint32_t count);
void hak_guard_settle_locked(struct hak_span *span, uint32_t first,
			     uint32_t count, bool gone)
	HAK_REQUIRES(span->lock);

/* For the watcher: handle a touch of armed memory. */
void hak_guard_touched(const struct hak_touch *touch);
