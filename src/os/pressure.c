/* SPDX-License-Identifier: MIT */
/*
 * pressure.c - notices if memory is short.
 *
 * Calls   file.h.
 */
#include "os/pressure.h"

#include "os/clock.h"
#include "os/file.h"
#include "base/sys.h"
#include "base/text.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <time.h>

/*
 * The kernel reports pressure if threads wait for memory for 150 ms within 2 s. The
 * kernel allows no shorter period than 2 s without privileges.
 */
#define TRIGGER "some 150000 2000000"

/* Mount points of cgroup version 2, alone or beside version 1. */
static const char *const roots[] = { "/sys/fs/cgroup",
				     "/sys/fs/cgroup/unified" };

static char text[4096];

/*
 * Store the path of `file` in the process's own cgroup. False if the cgroup lies
 * outside the mounted part of the tree of cgroups.
 */
static bool path_of(const char *root, const char *file, struct hak_text *path)
{
	path->used = 0;
	hak_text_add(path, root);
	if (hak_file_find("/proc/thread-self/cgroup", "0::", text,
			  sizeof(text)) > 0) {
		if (!strncmp(text, "/..", 3))
			return false;
		if (strcmp(text, "/"))
			hak_text_add(path, text);
	}
	hak_text_add(path, "/");
	hak_text_add(path, file);
	/*
	 * A path that fills the buffer may have been cut. A cut path would name another
	 * file.
	 */
	if (path->used == sizeof(path->bytes))
		return false;
	path->bytes[path->used] = '\0';
	return true;
}

static int open_of_cgroup(const char *file, int how)
{
	struct hak_text path;
	int fd = -1;
	unsigned i;

	for (i = 0; fd < 0 && i < 2; i++)
		if (path_of(roots[i], file, &path))
			fd = hak_file_open(path.bytes, how);
	return fd;
}

static void add(struct hak_pressure *pressure, int fd)
{
	if (fd >= 0)
		pressure->fd[pressure->count++] = fd;
}

static int with_trigger(int fd)
{
	if (fd < 0 || sys_write(fd, TRIGGER, sizeof(TRIGGER)) > 0)
		return fd;
	hak_file_close(fd);
	return -1;
}

static uint64_t sum_of(const char *bytes, long count)
{
	uint64_t sum = 0xcbf29ce484222325;
	long i;

	for (i = 0; i < count; i++)
		sum = (sum ^ (unsigned char)bytes[i]) * 0x100000001b3;
	return sum;
}

static long read_again(int fd)
{
	return sys_pread(fd, text, sizeof(text), 0);
}

/* Hash of the text that names the process's cgroup; 0 if unknown. */
static uint64_t find_out(const struct hak_pressure *pressure)
{
	long bytes = pressure->where < 0 ? 0 : read_again(pressure->where);

	return bytes > 0 ? sum_of(text, bytes) : 0;
}

void hak_pressure_open(struct hak_pressure *ret_pressure)
{
	int fd;

	*ret_pressure = (struct hak_pressure){ 0 };
	/*
	 * Read the name of the cgroup before opening the cgroup's files. If the process
	 * moves to another cgroup in between, a later read finds another name, and the
	 * keeper notices the move.
	 */
	ret_pressure->where =
		hak_file_open("/proc/thread-self/cgroup", O_RDONLY);
	ret_pressure->cgroup = find_out(ret_pressure);
	ret_pressure->looked = hak_clock_seconds();
	fd = with_trigger(open_of_cgroup("memory.pressure", O_RDWR));
	if (fd < 0)
		fd = with_trigger(
			hak_file_open("/proc/pressure/memory", O_RDWR));
	add(ret_pressure, fd);
	add(ret_pressure, open_of_cgroup("memory.events", O_RDONLY));
	/*
	 * cgroup.events reports when the cgroup becomes empty. If no other process is
	 * in the cgroup, the keeper so learns that its own process has left.
	 */
	ret_pressure->members = ret_pressure->count;
	add(ret_pressure, open_of_cgroup("cgroup.events", O_RDONLY));
	hak_pressure_take(ret_pressure, (1U << ret_pressure->count) - 1);
}

unsigned hak_pressure_look(const struct hak_pressure *pressure)
{
	struct timespec none = { 0 };
	struct pollfd fds[HAK_PRESSURE_FDS];
	unsigned which = 0;
	unsigned i;

	for (i = 0; i < pressure->count; i++)
		fds[i] = (struct pollfd){ pressure->fd[i], POLLPRI, 0 };
	if (!i || sys_poll(fds, i, &none) <= 0)
		return 0;
	for (i = 0; i < pressure->count; i++)
		if (fds[i].revents & POLLPRI)
			which |= 1U << i;
	return which;
}

bool hak_pressure_take(struct hak_pressure *pressure, unsigned which)
{
	uint32_t second = hak_clock_seconds();
	bool news = false;
	unsigned i;

	for (i = 0; i < pressure->count; i++) {
		if (!(which >> i & 1))
			continue;
		/*
		 * memory.events and cgroup.events signal an event again and again until
		 * the keeper has read the file.
		 */
		if (read_again(pressure->fd[i]) < 0)
			pressure->stale = true;
		else
			news |= i != pressure->members;
	}
	if (pressure->cgroup &&
	    (second != pressure->looked || which >> pressure->members & 1))
		pressure->stale |= find_out(pressure) != pressure->cgroup;
	pressure->looked = second;
	return news;
}

void hak_pressure_close(struct hak_pressure *pressure)
{
	while (pressure->count)
		hak_file_close(pressure->fd[--pressure->count]);
	if (pressure->where >= 0)
		hak_file_close(pressure->where);
	pressure->where = -1;
}
