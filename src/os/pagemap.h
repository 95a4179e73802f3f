/* SPDX-License-Identifier: MIT */
/* pagemap.h - state of the library's pages in the page tables (Linux 6.7). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Returns a descriptor, or -errno: -ENOTTY if the kernel lacks the ioctl. */
int hak_pagemap_open(void);
void hak_pagemap_close(int fd);

/* Was any page written since the range was armed (uffd.h)? */
bool hak_pagemap_written(int fd, const void *address, size_t bytes);

/* Is any page present or in swap? */
bool hak_pagemap_present(int fd, const void *address, size_t bytes);

/* Is the range a single huge page? */
bool hak_pagemap_huge(int fd, const void *address, size_t bytes);
