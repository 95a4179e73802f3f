/* SPDX-License-Identifier: MIT */
/*
 * end.h - a thread's end.
 */
#pragma once

#include <pthread.h>

/*
 * Call this once, on the initialising thread. Returns the key whose destructor ends
 * a thread's tcache; NULL if there is none.
 */
const pthread_key_t *hak_end_key(void);
