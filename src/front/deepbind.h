/* SPDX-License-Identifier: MIT */
/* deepbind.h - libraries that look for malloc in the C library first. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Call this once, on the initialising thread. */
void hak_deepbind_init(void);

/* Can a library opened with `mode` find the C library's malloc first? */
bool hak_deepbind_concerns(const char *file, uintptr_t mode);

/*
 * Call this before such a library opens. The function redirects the C library's
 * names if necessary. If the option says so, or if the redirection failed, the
 * function removes RTLD_DEEPBIND from *mode, dlopen's argument.
 */
void hak_deepbind_apply(uintptr_t *mode);
