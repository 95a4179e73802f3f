/* SPDX-License-Identifier: MIT */
/*
 * cgroup.c - memory limits of the process's cgroup and of all cgroups above.
 *
 * Calls   file.h, openat and pread.
 */
#include "os/cgroup.h"

#include "os/file.h"
#include "base/compiler.h"
#include "base/sys.h"
#include "base/text.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>

/*
 * Where the cgroups are mounted, and the names of their limit files. The entries are
 * for version 1, for version 2 alone, and for version 2 beside version 1.
 */
static const struct mount {
	const char *root;
	const char *limit;
	const char *lower; /* file with a lower limit; NULL: none */
} mounts[] = {
	{ "/sys/fs/cgroup/memory", "/memory.limit_in_bytes", NULL },
	{ "/sys/fs/cgroup", "/memory.max", "/memory.high" },
	{ "/sys/fs/cgroup/unified", "/memory.max", "/memory.high" },
};

enum { FIRST = 0, SECOND = 1, MOUNTS = 3 };

/* ---- One file ------------------------------------------------------------ */

static uint64_t number(const char *at)
{
	uint64_t n = 0;

	/* The file contains "max" if the cgroup has no limit. */
	if (*at < '0' || *at > '9')
		return UINT64_MAX;
	for (; *at >= '0' && *at <= '9'; at++)
		n = n * 10 + (uint64_t)(*at - '0');
	return n;
}

static uint64_t read_limit(int fd)
{
	char text[64];
	long got = sys_pread(fd, text, sizeof(text) - 1, 0);

	if (got <= 0)
		return UINT64_MAX;
	text[got] = '\0';
	return number(text);
}

static uint64_t least(uint64_t one, uint64_t other)
{
	return one < other ? one : other;
}

/*
 * Read the limit in `file` of the cgroup, and lower *limit to this value. If `files` is
 * not NULL and not full, the descriptor stays open there. False if the file cannot be
 * opened.
 */
static bool look(const char *root, const char *cgroup, const char *file,
		 uint64_t *limit, struct hak_cgroup *files)
{
	struct hak_text path = { 0 };
	int fd;

	hak_text_add(&path, root);
	hak_text_add(&path, cgroup);
	hak_text_add(&path, file);
	/*
	 * A path that fills the buffer may have been cut. A cut path would name another
	 * file.
	 */
	if (path.used == sizeof(path.bytes))
		return false;
	path.bytes[path.used] = '\0';
	fd = (int)sys_open(path.bytes, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	*limit = least(*limit, read_limit(fd));
	if (files && files->count < HAK_CGROUP_FILES)
		files->fd[files->count++] = fd;
	else
		sys_close(fd);
	return true;
}

/* ---- All of them --------------------------------------------------------- */

/*
 * A line of /proc/self/cgroup is "id:controllers:path". Returns the path if the line
 * holds for memory, otherwise NULL. Only version 1 names controllers, so *first tells
 * whether the line is of version 1.
 */
static const char *path_of(const char *line, bool *first)
{
	const char *controllers = strchr(line, ':');
	const char *path, *at;

	if (!controllers)
		return NULL;
	controllers++;
	path = strchr(controllers, ':');
	if (!path)
		return NULL;
	*first = path > controllers;
	at = strstr(controllers, "memory");
	return !*first || (at && at < path) ? path + 1 : NULL;
}

/*
 * Store the path of the process's cgroup in text->path, "" for the root. A line of
 * version 1 for the memory controller takes precedence over the line of version 2.
 * False if neither version has a line.
 */
static bool find(struct hak_cgroup_text *text, bool *ret_first)
{
	struct hak_text *ret_path = &text->path;
	char *line, *end;
	const char *path;
	bool found = false;
	bool first = false;

	if (hak_file_read("/proc/self/cgroup", text->lines,
			  sizeof(text->lines)) <= 0)
		return false;
	for (line = text->lines; (end = strchr(line, '\n')); line = end + 1) {
		*end = '\0';
		path = path_of(line, &first);
		if (!path || (found && !first))
			continue;
		*ret_path = (struct hak_text){ 0 };
		hak_text_add(ret_path, path[1] ? path : "");
		*ret_first = first;
		found = true;
	}
	if (!found || ret_path->used == sizeof(ret_path->bytes))
		return false;
	ret_path->bytes[ret_path->used] = '\0';
	return true;
}

/*
 * Lower *limit to the limits of the cgroup `path` and of all cgroups above, up to the
 * root of the mount. In a container the root of the mount may be the process's cgroup
 * itself, whatever `path` says. Cuts `path`. False if there is no limit file.
 */
static bool climb(const struct mount *mount, struct hak_text *path,
		  uint64_t *limit, struct hak_cgroup *files)
{
	char *end = path->bytes + path->used;
	bool any = false;

	for (;;) {
		*end = '\0';
		if (look(mount->root, path->bytes, mount->limit, limit,
			 files)) {
			any = true;
			if (mount->lower)
				look(mount->root, path->bytes, mount->lower,
				     limit, files);
		}
		if (end == path->bytes)
			return any;
		while (*--end != '/')
			;
		/*
		 * In version 1 the root has no limit. So read the root's file only if
		 * there was no other file, as in a container.
		 */
		if (any && !mount->lower && end == path->bytes)
			return any;
	}
}

uint64_t hak_cgroup_limit(struct hak_cgroup *ret_files,
			  struct hak_cgroup_text *text)
{
	uint64_t limit = UINT64_MAX;
	bool first = false;
	unsigned i;

	if (ret_files)
		ret_files->count = 0;
	if (!find(text, &first))
		return limit;
	for (i = first ? FIRST : SECOND; i < (first ? SECOND : MOUNTS); i++) {
		text->cut = text->path;
		if (climb(&mounts[i], &text->cut, &limit, ret_files))
			break;
	}
	return limit;
}

uint64_t hak_cgroup_limit_now(const struct hak_cgroup *files)
{
	uint64_t limit = UINT64_MAX;
	unsigned i;

	for (i = 0; i < files->count; i++)
		limit = least(limit, read_limit(files->fd[i]));
	return limit;
}

void hak_cgroup_close(struct hak_cgroup *files)
{
	while (files->count)
		sys_close(files->fd[--files->count]);
}
