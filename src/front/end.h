/* SPDX-License-Identifier: MIT */
/*
 * end.h - a thread's end.
 */
#pragma once

#include <pthread.h>

/*
 * Call this once, on the initialising thread. Returns a key whose destructor parks the
 * tcache at a thread's end; NULL if the C library has no key left.
 */
const pthread_key_t *hak_end_key(void);
