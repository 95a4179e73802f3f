/* SPDX-License-Identifier: MIT */
/* deepbind.h - libraries that look for malloc in the C library first. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Call this once, on the initialising thread. */
void hak_deepbind_init(void);

/* Can dlopen(file, mode) lead to the C library's malloc in place of hakmem's? */
bool hak_deepbind_concerns(const char *file, uintptr_t mode);

/*
 * Call this before each dlopen for which hak_deepbind_concerns() is true. The function
 * redirects the C library's malloc names at the first call. If HAKMEM_DEEPBIND is `drop`,
 * or if the redirection failed, the function removes RTLD_DEEPBIND from *mode, dlopen's
 * argument.
 */
void hak_deepbind_apply(uintptr_t *mode);
