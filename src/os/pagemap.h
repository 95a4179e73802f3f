/* SPDX-License-Identifier: MIT */
/* pagemap.h - state of the library's pages in the page tables (Linux 6.7). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * Open /proc/self/pagemap. Returns a descriptor or -errno; -ENOTTY if the kernel lacks
 * the ioctl PAGEMAP_SCAN.
 */
int hak_pagemap_open(void);
void hak_pagemap_close(int fd);

/* Was any page of the range written since hak_uffd_arm() write-protected the range? */
bool hak_pagemap_written(int fd, const void *address, size_t bytes);

/* Is any page of the range present or in swap? */
bool hak_pagemap_present(int fd, const void *address, size_t bytes);

/* Is the range a single huge page? */
bool hak_pagemap_huge(int fd, const void *address, size_t bytes);
