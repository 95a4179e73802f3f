/* SPDX-License-Identifier: MIT */
/*
 * guard.h - arms memory before the memory goes to the kernel: a touch is a use
 * after free.
 *
 * The field `armed` of a superslab's record is set before the superslab's pages
 * go to the kernel, and cleared when the superslab is lent again.
 * hak_stats_page.guard names the method. By userfaultfd only the keeper arms
 * memory. By guard markers or page protection any thread arms memory, and a touch
 * of armed memory raises SIGSEGV.
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
 * For the keeper: choose the best available method of arming. If a seccomp filter may
 * be in force, this is not userfaultfd. hak_guard_close() closes the userfaultfd, and
 * `why` becomes the mode on the stats page.
 */
void hak_guard_open(enum hak_self self);
void hak_guard_close(enum hak_mode why);

/*
 * In a fork child: arm by userfaultfd the memory that was armed in the parent. The
 * watcher must have started.
 */
void hak_guard_arm_again(void);

/*
 * Forget the userfaultfd without closing it: in a fork child it belongs to the parent,
 * and a new seccomp filter may forbid the close. A child inherits no arming by
 * userfaultfd, whatever the records say.
 */
void hak_guard_forget(enum hak_mode why);

/*
 * The userfaultfd from which the watcher reads touches of armed memory; its fd is -1 if
 * there is none.
 */
const struct hak_uffd *hak_guard_uffd(void);

/* May only the keeper arm memory, and no other thread? */
bool hak_guard_keepers(void);

/*
 * hak_guard_arm() arms the caller's INFLIGHT superslabs, if they are marked for this
 * (armed.h), by a call to the kernel. The caller then gives the pages to the kernel,
 * and calls hak_guard_landed_locked(): superslabs that could not be armed lose their
 * mark. `gone` tells whether the kernel has taken the pages; then the superslabs count
 * in the statistics.
 */
void hak_guard_arm(struct hak_span *span, uint32_t first, uint32_t count);
void hak_guard_landed_locked(struct hak_span *span, uint32_t first,
			     uint32_t count, bool gone)
	HAK_REQUIRES(span->lock);

/* For the watcher: handle a touch of armed memory. */
void hak_guard_touched(const struct hak_touch *touch);
