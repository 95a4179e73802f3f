/* SPDX-License-Identifier: MIT */
/*
 * room.c - is there room on a node, where nothing may lie elsewhere?
 *
 * Owns    the reserve.
 * Calls   os/file.h.   Called by  place.c, topology.c.
 */
#include "room.h"

#include "file.h"

#include "compiler.h"
#include "text.h"

#include <fcntl.h>
#include <stdint.h>
#include <string.h>

enum { RESERVE_KIB = 32 << 10, NAME_BYTES = 48 };

static int64_t reserve = RESERVE_KIB;

static int64_t number(const char *text)
{
	int64_t n = 0;

	while (*text == ' ')
		text++;
	for (; *text >= '0' && *text <= '9'; text++)
		n = 10 * n + (*text - '0');
	return n;
}

void hak_room_open(unsigned nodes)
{
	char text[24];

	/* The kernel takes none below that, of which each node has its part. */
	if (hak_file_read("/proc/sys/vm/min_free_kbytes", text, sizeof(text)) >
	    0)
		reserve += number(text) / nodes * 3 / 2;
}

/* Apart, so that the text is off the stack while the file is read. */
static HAK_NOINLINE void name_line(unsigned id, const char *what,
				   char ret_name[NAME_BYTES])
{
	struct hak_text name = { 0 };

	hak_text_add(&name, "Node ");
	hak_text_add_number(&name, id);
	hak_text_add(&name, what);
	memcpy(ret_name, name.bytes, name.used);
	ret_name[name.used] = '\0';
}

/* A line of a node's meminfo: "Node 1 MemFree:   461628 kB". */
static int64_t kib_of(int fd, unsigned id, const char *what)
{
	char name[NAME_BYTES], text[24];

	name_line(id, what, name);
	return hak_file_line(fd, name, text, sizeof(text)) < 0 ? 0
							       : number(text);
}

static HAK_NOINLINE int open_meminfo(unsigned id)
{
	struct hak_text path = { 0 };

	hak_text_add(&path, "/sys/devices/system/node/node");
	hak_text_add_number(&path, id);
	hak_text_add(&path, "/meminfo");
	path.bytes[path.used] = '\0';
	return hak_file_open(path.bytes, O_RDONLY);
}

bool hak_room_for(unsigned id, size_t bytes)
{
	int fd = open_meminfo(id);
	int64_t wanted = reserve + (int64_t)(bytes >> 10);

	if (fd < 0)
		return true;
	wanted -= kib_of(fd, id, " MemFree:");
	if (wanted > 0)
		wanted -= kib_of(fd, id, " Inactive(file):");
	if (wanted > 0)
		wanted -= kib_of(fd, id, " Active(file):");
	if (wanted > 0)
		wanted -= kib_of(fd, id, " SReclaimable:");
	hak_file_close(fd);
	return wanted <= 0;
}
