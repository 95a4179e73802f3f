/* SPDX-License-Identifier: MIT */
/* birth.h - creates hakmem's own threads: the keeper and the watcher. */
#pragma once

#include <pthread.h>
#include <stdbool.h>

/*
 * A function that the C library calls when it creates a thread, for example calloc, and
 * the address to which the loader resolved this name for hakmem.
 */
struct hak_birth_name {
	const char *name;
	const void *found;
};

/*
 * Call this once at start, before hakmem creates a thread. `names` has `count` entries.
 */
void hak_birth_init(const struct hak_birth_name *names, unsigned count);

/*
 * May free create a thread, if the code at `caller` called free? False if this code may
 * hold a lock of the C library, or if hak_birth_is_ours() is false.
 */
bool hak_birth_is_safe(const void *caller);

/*
 * May hakmem create a thread, if the calling code is unknown? This code may hold a lock
 * of the program. A wrapper of malloc may take the same lock. So the answer is true
 * only if the C library's calls of malloc for a new thread reach hakmem directly.
 */
bool hak_birth_is_ours(void);

/*
 * Create a thread with all signals blocked except the C library's own. All keepers run
 * on the same stack, so create a new keeper only after the kernel has reported the end
 * of the old keeper. The keeper is detached; the caller has to join the watcher.
 * Returns 0 or an error number.
 */
int hak_birth_of_keeper(void *(*body)(void *));
int hak_birth_of_watcher(void *(*body)(void *), pthread_t *ret_thread);
