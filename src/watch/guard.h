/* SPDX-License-Identifier: MIT */
/*
 * guard.h - arms memory before the memory goes to the kernel: a touch is a use
 * after free.
 *
 * The mark `armed` in a superslab's record is set before the pages go, and
 * cleared when the superslab is lent again. hak_stats_page.guard names the
 * method: userfaultfd, used by the keeper alone; or guard regions or page
 * protection, used by any thread, where a touch is a SIGSEGV.
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
 * For the keeper: open the best available method. If a filter may be in force,
 * make no new system call.
 */
void hak_guard_open(enum hak_self self);
void hak_guard_close(enum hak_mode why);

/*
 * In a fork child: arm again the memory that was armed in the parent. The
 * watcher must have started.
 */
void hak_guard_arm_again(void);

/*
 * Forget the descriptor without closing: in a fork child the descriptor belongs
 * to the parent, and a new filter may forbid the close. In a child no memory is
 * armed, whatever the records say.
 */
void hak_guard_forget(enum hak_mode why);

/* The descriptor from which the watcher reads touches; fd -1: none. */
const struct hak_uffd *hak_guard_uffd(void);

/* Is arming the work of the keeper alone? */
bool hak_guard_keepers(void);

/*
 * hak_guard_arm() arms the caller's INFLIGHT superslabs that have the mark
 * (armed.h), and calls the kernel. hak_guard_landed_locked() removes the marks
 * of superslabs that could not be armed. With `gone` the kernel already has the
 * pages.
 */
void hak_guard_arm(struct hak_span *span, uint32_t first, uint32_t count);
void hak_guard_landed_locked(struct hak_span *span, uint32_t first,
			     uint32_t count, bool gone)
	HAK_REQUIRES(span->lock);

/* For the watcher: handle a touch of armed memory. */
void hak_guard_touched(const struct hak_touch *touch);
