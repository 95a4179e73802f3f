/* SPDX-License-Identifier: MIT */
/*
 * file.c - small kernel files, read as a whole or searched for a line.
 */
#include "os/file.h"

#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>

/* State of a search for a line, byte by byte, because a read may end anywhere. */
struct search {
	const char *name;
	size_t matched; /* matched bytes of the name */
	bool amiss;	/* the current line does not match */
	bool over;
	char *text;
	size_t bytes;
	size_t used;
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
	 * Read the file into the unused rest of the caller's text. Bytes of the
	 * line move towards the start, over bytes that are already searched.
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
	/* The last line may lack a newline. */
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
