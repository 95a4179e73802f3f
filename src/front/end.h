/* SPDX-License-Identifier: MIT */
/*
 * end.h - a thread's end.
 */
#pragma once

#include <pthread.h>

/* Once, on the initialising thread: the key whose destructor ends a thread's tcache. */
const pthread_key_t *hak_end_key(void);
