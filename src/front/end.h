/* SPDX-License-Identifier: MIT */
/*
 * end.h - a thread's end.
 */
#pragma once

#include <pthread.h>

/*
 * Call this once, on the initialising thread. Returns the key with the destructor
 * for a thread's tcache; NULL if there is no key.
 */
const pthread_key_t *hak_end_key(void);
