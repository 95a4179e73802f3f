/* SPDX-License-Identifier: MIT */
/*
 * pagemap.c - state of the library's pages in the page tables (Linux 6.7).
 *
 * Calls   the PAGEMAP_SCAN ioctl, missing in headers before 6.7.
 */
#include "os/pagemap.h"

#include "base/sys.h"

#include <fcntl.h>
#include <linux/ioctl.h>
#include <stdint.h>

/* the kernel's constants PAGE_IS_WRITTEN, PAGE_IS_PRESENT and so on */
enum { WRITTEN = 1 << 1, PRESENT = 1 << 3, SWAPPED = 1 << 4, HUGE = 1 << 6 };

struct region { /* the kernel's struct page_region */
	uint64_t start;
	uint64_t end;
	uint64_t categories;
};

struct scan { /* the kernel's struct pm_scan_arg */
	uint64_t size;
	uint64_t flags;
	uint64_t start;
	uint64_t end;
	uint64_t walk_end;
	uint64_t vec;
	uint64_t vec_len;
	uint64_t max_pages;
	uint64_t category_inverted;
	uint64_t category_mask;
	uint64_t category_anyof_mask;
	uint64_t return_mask;
};

#define PAGEMAP_SCAN _IOWR('f', 16, struct scan)

/*
 * Find the first run of neighbouring pages that are in one of the states `what`.
 * Returns 1 if there is one, otherwise 0, or -errno.
 */
static long scan(int fd, const void *address, size_t bytes, uint64_t what,
		 struct region *ret_row)
{
	struct scan arg = {
		.size = sizeof(arg),
		.start = (uintptr_t)address,
		.end = (uintptr_t)address + bytes,
		.vec = (uintptr_t)ret_row,
		.vec_len = 1,
		.category_anyof_mask = what,
		.return_mask = what,
	};

	return sys_ioctl(fd, PAGEMAP_SCAN, &arg);
}

int hak_pagemap_open(void)
{
	static const char somewhere;
	struct region row;
	const void *page = (const void *)((uintptr_t)&somewhere & -65536UL);
	long fd = sys_open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	long err;

	if (fd < 0)
		return (int)fd;
	err = scan((int)fd, page, 65536, HUGE, &row);
	if (err >= 0)
		return (int)fd;
	sys_close(fd);
	return (int)err;
}

void hak_pagemap_close(int fd)
{
	if (fd >= 0)
		sys_close(fd);
}

bool hak_pagemap_written(int fd, const void *address, size_t bytes)
{
	struct region row;

	return scan(fd, address, bytes, WRITTEN, &row) > 0;
}

bool hak_pagemap_present(int fd, const void *address, size_t bytes)
{
	struct region row;

	return scan(fd, address, bytes, PRESENT | SWAPPED, &row) > 0;
}

bool hak_pagemap_huge(int fd, const void *address, size_t bytes)
{
	struct region row;

	return scan(fd, address, bytes, HUGE, &row) > 0 &&
	       row.end - row.start == bytes;
}
