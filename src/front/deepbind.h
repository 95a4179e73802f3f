/* SPDX-License-Identifier: MIT */
/*
 * deepbind.h - libraries that look for malloc in the C library first.
 */
#pragma once

#include <stdint.h>

/* Once, on the initialising thread. */
void hak_deepbind_init(void);

/*
 * Before a library is opened: what it will find is settled. *mode, dlopen's, loses
 * RTLD_DEEPBIND where that is the way.
 */
void hak_deepbind_settle(const char *file, uintptr_t *mode);
