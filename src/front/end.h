/* SPDX-License-Identifier: MIT */
/*
 * end.h - a thread's end.
 */
#pragma once

#include <pthread.h>

/*
 * Call this once, on the initialising thread. Returns the key whose destructor
 * handles the end of a thread; NULL if there is no key.
 */
const pthread_key_t *hak_end_key(void);
