/* SPDX-License-Identifier: MIT */
/* birth.h - creates the library's own threads without side effects. */
#pragma once

#include <pthread.h>
#include <stdbool.h>

/* A function that the C library calls for a new thread, as the linker found it. */
struct hak_birth_name {
	const char *name;
	const void *found;
};

/* Call this once at start, before creating a thread. */
void hak_birth_init(const struct hak_birth_name *names, unsigned count);

/*
 * May free create a thread, if the code at `caller` called free? False if this
 * code may hold a lock of the C library.
 */
bool hak_birth_is_safe(const void *caller);

/*
 * The same if the caller is unknown. A lock of the program may be held, and so
 * the C library's calls for a new thread must reach hakmem and no wrapper.
 */
bool hak_birth_is_ours(void);

/*
 * Create a thread with all signals blocked except the C library's own. The
 * keeper runs on the library's stack, so a new keeper may start only after the
 * kernel has reported the end of the old keeper. The caller joins the watcher.
 * Returns 0 or an error number.
 */
int hak_birth_of_keeper(void *(*body)(void *));
int hak_birth_of_watcher(void *(*body)(void *), pthread_t *ret_thread);
