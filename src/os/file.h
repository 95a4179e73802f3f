/* SPDX-License-Identifier: MIT */
/* file.h - reads small files of the kernel. */
#pragma once

#include <stddef.h>

/* Open a file, close-on-exec and non-blocking. Returns a descriptor or -errno. */
int hak_file_open(const char *path, int how);
void hak_file_close(int fd);

/*
 * Read the start of a file, at most `bytes` - 1 bytes, and append a 0. Returns the
 * number of bytes read, or -errno. The file is closed again.
 */
long hak_file_read(const char *path, char *ret_text, size_t bytes);

/*
 * Find the first line that starts with `name`, at any distance from the start of the
 * file, and copy the rest of this line. The copy is cut to `bytes` and ends with a 0.
 * Returns its length, -ENODATA if no line matches, or -errno. `ret_text` is also the
 * buffer for reading, so a larger buffer needs fewer calls. hak_file_line() makes no
 * system call but pread(2). hak_file_find() also opens and closes the file.
 */
long hak_file_line(int fd, const char *name, char *ret_text, size_t bytes);
long hak_file_find(const char *path, const char *name, char *ret_text,
		   size_t bytes);
