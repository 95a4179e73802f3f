/* SPDX-License-Identifier: MIT */
/*
 * library.c - finds libhakmem.so.0.
 *
 * The tool is not linked with the library. So a build tree has the tool itself
 * at the top, not libtool's wrapper script, and the library in .libs beside it.
 */
#include "cli/library.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * Write the absolute path of a readable file. A path that is absolute already stays as
 * it is: the path is often a symbolic link, as libhakmem.so.0 is, and an upgrade
 * replaces the file behind the link.
 */
static int accept_file(const char *path, char *ret_path)
{
	char real[PATH_MAX];
	struct stat status;

	if (!realpath(path, real) || stat(real, &status) ||
	    !S_ISREG(status.st_mode) || access(real, R_OK))
		return -ENOENT;
	strcpy(ret_path, *path == '/' && strlen(path) < PATH_MAX ? path : real);
	return 0;
}

static int accept_below(const char *directory, const char *below,
			char *ret_path)
{
	char path[PATH_MAX];
	int length;

	length = snprintf(path, sizeof(path), "%s%s/" HAK_LIBRARY_NAME,
			  directory, below);
	return length < (int)sizeof(path) ? accept_file(path, ret_path)
					  : -ENOENT;
}

/*
 * Write the tool's own directory. Without /proc the path comes from the kernel's
 * auxiliary vector, as the caller of execve gave it.
 */
static int find_own_directory(char *ret_path)
{
	char real[PATH_MAX];
	const char *name;
	char *slash;

	if (!realpath("/proc/self/exe", real)) {
		name = (const char *)getauxval(AT_EXECFN);
		if (!name || !realpath(name, real))
			return -ENOENT;
	}
	slash = strrchr(real, '/');
	if (!slash)
		return -ENOENT;
	*slash = '\0';
	strcpy(ret_path, real);
	return 0;
}

/*
 * Find the library in an installation that was moved as a whole (DESTDIR, a container's
 * root). HAK_BINDIR and HAK_LIBDIR, the directories given to configure, begin with the
 * same directories. Cut the rest of HAK_BINDIR off the tool's directory, and append the
 * rest of HAK_LIBDIR.
 */
static int find_moved(const char *own, char *ret_path)
{
	size_t shared = 0;
	size_t own_length = strlen(own);
	const char *bin_tail;
	size_t tail_length;
	char root[PATH_MAX];

	for (size_t i = 0; HAK_BINDIR[i] && HAK_BINDIR[i] == HAK_LIBDIR[i]; i++)
		if (HAK_BINDIR[i] == '/')
			shared = i;
	bin_tail = &HAK_BINDIR[shared];
	tail_length = strlen(bin_tail);
	if (own_length < tail_length ||
	    strcmp(own + own_length - tail_length, bin_tail))
		return -ENOENT;
	strcpy(root, own);
	root[own_length - tail_length] = '\0';
	return accept_below(root, &HAK_LIBDIR[shared], ret_path);
}

int hak_library_find(char *ret_path)
{
	const char *named = getenv("HAKMEM_LIB");
	char own[PATH_MAX];

	if (named && *named)
		return accept_file(named, ret_path);
	if (!find_own_directory(own)) {
		if (!accept_below(own, "/.libs", ret_path))
			return 0;
		if (!find_moved(own, ret_path))
			return 0;
	}
	return accept_below(HAK_LIBDIR, "", ret_path);
}
