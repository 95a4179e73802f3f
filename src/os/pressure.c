/* SPDX-License-Identifier: MIT */
/*
 * pressure.c - whether memory is short.
 *
 * Calls   file.h.   Called by  front/keeper.c.
 */
#include "pressure.h"

#include "file.h"

#include "arch.h"
#include "text.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>

/* 150 ms in 2 s, the shortest window that needs no privilege. */
#define TRIGGER "some 150000 2000000"

/* Where the files of a cgroup of version 2 are: alone or beside the first. */
static const char *const roots[] = { "/sys/fs/cgroup",
				     "/sys/fs/cgroup/unified" };

static char text[4096];

/* Adds the cgroup's path as /proc/self/cgroup has it. */
static void add_cgroup(struct hak_text *path)
{
	char *at, *end;

	if (hak_file_read("/proc/self/cgroup", text, sizeof(text)) <= 0)
		return;
	at = strstr(text, "0::");
	if (!at)
		return;
	at += strlen("0::");
	end = strchr(at, '\n');
	if (end)
		*end = '\0';
	if (strcmp(at, "/"))
		hak_text_add(path, at);
}

static struct hak_text path_of(const char *root, const char *file)
{
	struct hak_text path = { 0 };

	hak_text_add(&path, root);
	add_cgroup(&path);
	hak_text_add(&path, "/");
	hak_text_add(&path, file);
	/* One that was cut would name something else. */
	if (path.used == sizeof(path.bytes))
		path.used = 0;
	path.bytes[path.used] = '\0';
	return path;
}

static int open_file(const char *path, int how)
{
	return (int)arch_syscall(SYS_openat, AT_FDCWD, (long)path,
				 how | O_NONBLOCK | O_CLOEXEC, 0, 0, 0);
}

static int open_of_cgroup(const char *file, int how)
{
	struct hak_text path;
	int fd = -1;
	unsigned i;

	for (i = 0; fd < 0 && i < 2; i++) {
		path = path_of(roots[i], file);
		fd = open_file(path.bytes, how);
	}
	return fd;
}

static void add(struct hak_pressure *pressure, int fd)
{
	if (fd >= 0)
		pressure->fd[pressure->count++] = fd;
}

static int with_trigger(int fd)
{
	if (fd < 0 || arch_syscall(SYS_write, fd, (long)TRIGGER,
				   sizeof(TRIGGER), 0, 0, 0) > 0)
		return fd;
	arch_syscall(SYS_close, fd, 0, 0, 0, 0, 0);
	return -1;
}

void hak_pressure_open(struct hak_pressure *ret_pressure)
{
	int fd = with_trigger(open_of_cgroup("memory.pressure", O_RDWR));

	if (fd < 0)
		fd = with_trigger(open_file("/proc/pressure/memory", O_RDWR));
	*ret_pressure = (struct hak_pressure){ 0 };
	add(ret_pressure, fd);
	add(ret_pressure, open_of_cgroup("memory.events", O_RDONLY));
	hak_pressure_news(ret_pressure);
}

bool hak_pressure_news(struct hak_pressure *pressure)
{
	struct timespec none = { 0 };
	struct pollfd fds[HAK_PRESSURE_FDS];
	bool news = false;
	unsigned i;

	for (i = 0; i < pressure->count; i++)
		fds[i] = (struct pollfd){ pressure->fd[i], POLLPRI, 0 };
	if (!i ||
	    arch_syscall(SYS_ppoll, (long)fds, i, (long)&none, 0, 0, 0) <= 0)
		return false;
	for (i = 0; i < pressure->count; i++) {
		if (!(fds[i].revents & POLLPRI))
			continue;
		/* A file of events goes on about it until it is read. */
		if (arch_syscall(SYS_pread64, fds[i].fd, (long)text,
				 sizeof(text), 0, 0, 0) < 0)
			pressure->stale = true;
		else
			news = true;
	}
	return news;
}

void hak_pressure_close(struct hak_pressure *pressure)
{
	while (pressure->count)
		arch_syscall(SYS_close, pressure->fd[--pressure->count], 0, 0,
			     0, 0, 0);
}
