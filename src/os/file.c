/* SPDX-License-Identifier: MIT */
/*
 * file.c - small files of the kernel's, read whole.
 *
 * Called by  numa/, limits.c, filter.c, cgroup.c, pressure.c, front/keeper.c.
 */
#include "file.h"

#include "arch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/syscall.h>

static long open_file(const char *path)
{
	return arch_syscall(SYS_openat, AT_FDCWD, (long)path,
			    O_RDONLY | O_CLOEXEC, 0, 0, 0);
}

static long read_file(long fd, char *text, size_t bytes)
{
	return arch_syscall(SYS_read, fd, (long)text, (long)bytes, 0, 0, 0);
}

static void close_file(long fd)
{
	arch_syscall(SYS_close, fd, 0, 0, 0, 0, 0);
}

long hak_file_read(const char *path, char *ret_text, size_t bytes)
{
	long fd = open_file(path);
	long got, used = 0;

	if (fd < 0)
		return fd;
	do {
		got = read_file(fd, ret_text + used, bytes - 1 - (size_t)used);
		used += got > 0 ? got : 0;
	} while (got > 0);
	close_file(fd);
	if (got < 0)
		return got;
	ret_text[used] = '\0';
	return used;
}

/* A line at a time, as it comes, piece by piece. */
struct search {
	const char *word;
	size_t matched; /* of the word, at the line's start */
	bool failed;	/* this line begins with something else */
	char *text;	/* of the line, behind the word */
	size_t used, bytes;
};

/* True once the line is there. */
static bool take(struct search *search, char c)
{
	if (search->failed) {
		search->failed = c != '\n';
	} else if (search->word[search->matched]) {
		if (c == search->word[search->matched]) {
			search->matched++;
		} else {
			search->failed = c != '\n';
			search->matched = 0;
		}
	} else if (c == '\n') {
		return true;
	} else if (search->used < search->bytes - 1) {
		search->text[search->used++] = c;
	}
	return false;
}

long hak_file_find(const char *path, const char *word, char *ret_text,
		   size_t bytes)
{
	struct search search = { .word = word,
				 .text = ret_text,
				 .bytes = bytes };
	long fd = open_file(path);
	long err = -ENODATA;
	char piece[512];
	long got, i;

	if (fd < 0)
		return fd;
	while (err && (got = read_file(fd, piece, sizeof(piece)))) {
		if (got < 0) {
			err = got;
			break;
		}
		for (i = 0; err && i < got; i++)
			err = take(&search, piece[i]) ? 0 : err;
	}
	close_file(fd);
	if (err)
		return err;
	ret_text[search.used] = '\0';
	return (long)search.used;
}
