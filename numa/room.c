/* SPDX-License-Identifier: MIT */
/*
 * room.c - checks for free memory on a node before strict binding.
 *
 * Owns    the reserve.   Calls   os/file.h.
 */
#include "numa/room.h"

#include "os/file.h"
#include "base/compiler.h"
#include "base/text.h"

#include <fcntl.h>
#include <stdint.h>
#include <string.h>

enum { RESERVE_KIB = 32 << 10, NAME_BYTES = 32, LINE_BYTES = 64 };

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

	/* The kernel keeps so much memory free, and a share of it on each node. */
	if (hak_file_read("/proc/sys/vm/min_free_kbytes", text, sizeof(text)) >
	    0)
		reserve += number(text) / nodes * 3 / 2;
}

/* Read the number of a line of a node's meminfo, as "Node 1 MemFree:   461628 kB". */
static int64_t kib_of(int fd, unsigned id, const char *what)
{
	char name[NAME_BYTES], text[LINE_BYTES];
	size_t used = strlen(what) + 1;
	char *at = name + sizeof(name) - used;

	memcpy(at, what, used);
	at = hak_text_digits(at, id) - strlen("Node ");
	memcpy(at, "Node ", strlen("Node "));
	return hak_file_line(fd, at, text, sizeof(text)) < 0 ? 0 : number(text);
}

static int open_meminfo(unsigned id)
{
	static const char head[] = "/sys/devices/system/node/node";
	static const char tail[] = "/meminfo";
	char path[sizeof(head) + 10 + sizeof(tail)];
	char *at = path + sizeof(path) - sizeof(tail);

	memcpy(at, tail, sizeof(tail));
	at = hak_text_digits(at, id) - strlen(head);
	memcpy(at, head, strlen(head));
	return hak_file_open(at, O_RDONLY);
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
