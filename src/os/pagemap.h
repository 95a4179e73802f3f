/* SPDX-License-Identifier: MIT */
/*
 * pagemap.h - what the page tables know of own memory (Linux 6.7).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* A descriptor, or -errno: -ENOTTY where the kernel cannot be asked. */
int hak_pagemap_open(void);
void hak_pagemap_close(int fd);

/* Was a page written since it was armed (uffd.h)? */
bool hak_pagemap_written(int fd, const void *address, size_t bytes);

/* Is a page there, or in swap? */
bool hak_pagemap_present(int fd, const void *address, size_t bytes);

/* Is it one huge page? */
bool hak_pagemap_huge(int fd, const void *address, size_t bytes);
