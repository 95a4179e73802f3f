/* SPDX-License-Identifier: MIT */
/*
 * file.c - small files of the kernel's, read whole.
 *
 * Called by  numa/topology.c, pressure.c, limits.c, front/keeper.c.
 */
#include "file.h"

#include "arch.h"

#include <fcntl.h>
#include <sys/syscall.h>

long hak_file_read(const char *path, char *ret_text, size_t bytes)
{
	long fd = arch_syscall(SYS_openat, AT_FDCWD, (long)path,
			       O_RDONLY | O_CLOEXEC, 0, 0, 0);
	long got, used = 0;

	if (fd < 0)
		return fd;
	do {
		got = arch_syscall(SYS_read, fd, (long)(ret_text + used),
				   (long)bytes - 1 - used, 0, 0, 0);
		used += got > 0 ? got : 0;
	} while (got > 0);
	arch_syscall(SYS_close, fd, 0, 0, 0, 0, 0);
	if (got < 0)
		return got;
	ret_text[used] = '\0';
	return used;
}
