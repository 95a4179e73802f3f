/* SPDX-License-Identifier: MIT */
/*
 * file.c - reads small files of the kernel, whole or only one line.
 */
#include "os/file.h"

#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>

/*
 * State of hak_file_line()'s search for a line that starts with `name`. The search goes
 * byte by byte, because a read may end anywhere in the line.
 */
struct search {
	const char *name;
	size_t matched; /* bytes of `name` found so far at the start of the current line */
	bool amiss;	/* the current line does not start with `name` */
	bool over;	/* the end of the matching line is reached */
	char *text;	/* buffer for the rest of the matching line */
	size_t bytes;	/* size of the buffer, without the 0 at the end */
	size_t used;	/* bytes of the rest found so far */
};

int hak_file_open(const char *path, int how)
{
	return (int)sys_open(path, how | O_NONBLOCK | O_CLOEXEC);
}

void hak_file_close(int fd)
{
	sys_close(fd);
}

long hak_file_read(const char *path, char *ret_text, size_t bytes)
{
	int fd = hak_file_open(path, O_RDONLY);
	long got, used = 0;

	if (fd < 0)
		return fd;
	do {
		got = sys_read(fd, ret_text + used, bytes - 1 - (size_t)used);
		used += got > 0 ? got : 0;
	} while (got > 0);
	hak_file_close(fd);
	if (got < 0)
		return got;
	ret_text[used] = '\0';
	return used;
}

static void take(struct search *search, char byte)
{
	bool found = !search->amiss && !search->name[search->matched];

	if (byte == '\n') {
		search->over = found;
		search->matched = 0;
		search->amiss = false;
	} else if (found) {
		search->text[search->used++] = byte;
	} else if (!search->amiss) {
		search->amiss = byte != search->name[search->matched++];
	}
}

long hak_file_line(int fd, const char *name, char *ret_text, size_t bytes)
{
	struct search search = { .name = name,
				 .text = ret_text,
				 .bytes = bytes - 1 };
	long offset = 0;
	char *piece;
	long got, i;

	/*
	 * The caller's buffer serves for reading too: each read goes behind the bytes
	 * of the matching line found so far. take() moves further bytes of the line
	 * down, over bytes that take() has already examined.
	 */
	do {
		piece = ret_text + search.used;
		got = sys_pread(fd, piece, search.bytes - search.used, offset);
		offset += got;
		for (i = 0; i < got && !search.over; i++)
			take(&search, piece[i]);
	} while (got > 0 && !search.over);
	if (got < 0)
		return got;
	/* The matching line may be the last and lack a newline. That is no error. */
	if (!search.over && (search.amiss || name[search.matched]))
		return -ENODATA;
	ret_text[search.used] = '\0';
	return (long)search.used;
}

long hak_file_find(const char *path, const char *name, char *ret_text,
		   size_t bytes)
{
	int fd = hak_file_open(path, O_RDONLY);
	long used;

	if (fd < 0)
		return fd;
	used = hak_file_line(fd, name, ret_text, bytes);
	hak_file_close(fd);
	return used;
}
