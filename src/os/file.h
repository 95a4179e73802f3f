/* SPDX-License-Identifier: MIT */
/*
 * file.h - small files of the kernel's, read whole.
 */
#pragma once

#include <stddef.h>

/*
 * Reads the start of a file and ends it with a 0. Returns how many bytes it
 * is without that, or -errno. The descriptor is closed again.
 */
long hak_file_read(const char *path, char *ret_text, size_t bytes);

/*
 * Finds the line that begins with a word, and reads what is behind that, however
 * long the file is. Its length, -ENODATA where there is no such line, or -errno.
 */
long hak_file_find(const char *path, const char *word, char *ret_text,
		   size_t bytes);
