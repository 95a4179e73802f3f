/* SPDX-License-Identifier: MIT */
/*
 * birth.h - how the threads of our own are made, so that nobody notices.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>

/* Once at start, before any is made. */
void hak_birth_init(void);

/*
 * May one be made here, where code at `caller` has called free? Not where that may
 * hold a lock that the C library needs for it.
 */
bool hak_birth_is_safe(const void *caller);

/*
 * The same where nobody has called: a lock of the program's may be held, and what
 * the C library needs for a thread must come to us.
 */
bool hak_birth_is_ours(void);

/*
 * Makes a thread, which blocks all signals but the C library's own. The keeper has
 * a stack of ours, which only one at a time may have: until the kernel has told that it is
 * gone. The other is joined. 0 or an error number.
 */
int hak_birth_of_keeper(void *(*body)(void *));
int hak_birth_of_watcher(void *(*body)(void *), pthread_t *ret_thread);
