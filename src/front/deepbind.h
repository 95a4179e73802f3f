/* SPDX-License-Identifier: MIT */
/* deepbind.h - libraries which look for malloc in the C library first. */
#pragma once

#include <stdint.h>

/* Call this once, on the initialising thread. */
void hak_deepbind_init(void);

/*
 * Call this before a library opens: redirects the C library's names if
 * necessary. Removes RTLD_DEEPBIND from *mode, dlopen's argument, if the option
 * says so or if the redirection failed.
 */
void hak_deepbind_settle(const char *file, uintptr_t *mode);
