/* SPDX-License-Identifier: MIT */
/*
 * file.h - small files of the kernel's.
 */
#pragma once

#include <stddef.h>

/* A descriptor that no program inherits, and that nobody waits for; -errno. */
int hak_file_open(const char *path, int how);
void hak_file_close(int fd);

/*
 * Reads the start of a file and ends it with a 0. Returns how many bytes it
 * is without that, or -errno. The descriptor is closed again.
 */
long hak_file_read(const char *path, char *ret_text, size_t bytes);

/*
 * What follows `name` on the first line that starts with it, however far that is,
 * cut where there is no room and ended with a 0. Its length, -ENODATA where there is
 * no such line, or -errno. By no call but pread(2).
 */
long hak_file_line(int fd, const char *name, char *ret_text, size_t bytes);
long hak_file_find(const char *path, const char *name, char *ret_text,
		   size_t bytes);
