/* SPDX-License-Identifier: MIT */
/*
 * process.c - reads another process: its maps, its library, its memory.
 *
 * The process may end or change at any time, and any of its data may be wrong.
 * Calls   elffile.h, say.h.
 */
#include "cli/process.h"

#include "cli/elffile.h"
#include "cli/library.h"
#include "cli/say.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define DELETED_MARK " (deleted)"

/* The file of the library that the process has loaded. */
struct mapped_library {
	uint64_t start; /* address of the file's first byte in the process */
	uint64_t end;	/* end of the mapping that begins at start */
	bool deleted;	/* the file was deleted or replaced after loading */
	char path[PATH_MAX];
};

void hak_process_name(pid_t process,
		      char ret_name[static HAK_PROCESS_NAME_BYTES])
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/comm", process);
	file = fopen(path, "re");
	if (!file || !fgets(ret_name, HAK_PROCESS_NAME_BYTES, file))
		strcpy(ret_name, "?");
	if (file)
		fclose(file);
	ret_name[strcspn(ret_name, "\n")] = '\0';
	/* A program chooses its own name: no byte may control the terminal. */
	for (char *at = ret_name; *at; at++)
		if (*at < ' ' || *at > '~')
			*at = '?';
}

int hak_process_complain(pid_t process, int result)
{
	if (result == -ESRCH || result == -ENOENT)
		hak_cli_say("heat: there is no process %d", process);
	else if (result == -EPERM || result == -EACCES)
		hak_cli_say("heat: %d: not permitted; run hakmem as the user "
			    "of the process and with permission to ptrace it, "
			    "or with CAP_SYS_PTRACE",
			    process);
	else if (result == -EFAULT)
		hak_cli_say("heat: %d: the library's records are not where "
			    "they should be; has the process become another "
			    "program?",
			    process);
	else if (result == -ERANGE)
		hak_cli_say("heat: %d: the library's records are damaged, or "
			    "from another version of hakmem",
			    process);
	else
		hak_cli_say("heat: %d: %s", process, strerror(-result));
	return result;
}

int hak_process_read(pid_t process, uint64_t address, void *ret_bytes,
		     size_t bytes)
{
	size_t done = 0;

	while (done < bytes) {
		struct iovec to = { (char *)ret_bytes + done, bytes - done };
		struct iovec from = { (void *)(uintptr_t)(address + done),
				      bytes - done };
		ssize_t more = process_vm_readv(process, &to, 1, &from, 1, 0);

		if (more < 0)
			return -errno;
		if (!more)
			return -EFAULT;
		done += (size_t)more;
	}
	return 0;
}

/*
 * The kernel appends " (deleted)" to the path of a file that no longer exists. Cut
 * this mark off the path. Return true if there was a mark.
 */
static bool cut_deleted_mark(char *path)
{
	size_t length = strlen(path);

	if (length < strlen(DELETED_MARK) ||
	    strcmp(path + length - strlen(DELETED_MARK), DELETED_MARK))
		return false;
	path[length - strlen(DELETED_MARK)] = '\0';
	return true;
}

/*
 * Return true if a line of /proc/PID/maps is the mapping of the library's first
 * byte. The line is START-END MODE OFFSET DEVICE INODE PATH.
 */
static bool parse_library_line(char *line, struct mapped_library *ret_library)
{
	unsigned long start;
	unsigned long end;
	unsigned long offset;
	const char *name;
	int at = 0;

	line[strcspn(line, "\n")] = '\0';
	if (sscanf(line, "%lx-%lx %*s %lx %*s %*s %n", &start, &end, &offset,
		   &at) != 3 ||
	    !at || offset || line[at] != '/' || strlen(line + at) >= PATH_MAX)
		return false;
	name = strrchr(line + at, '/') + 1;
	if (strncmp(name, HAK_LIBRARY_NAME, strlen(HAK_LIBRARY_NAME)) ||
	    !strchr(". ", name[strlen(HAK_LIBRARY_NAME)]))
		return false;
	ret_library->start = start;
	ret_library->end = end;
	strcpy(ret_library->path, line + at);
	ret_library->deleted = cut_deleted_mark(ret_library->path);
	return true;
}

static int find_mapped_library(pid_t process,
			       struct mapped_library *ret_library)
{
	char path[64];
	char *line = NULL;
	size_t line_bytes = 0;
	bool found = false;
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%d/maps", process);
	maps = fopen(path, "re");
	if (!maps)
		return hak_process_complain(process, -errno);
	while (!found && getline(&line, &line_bytes, maps) >= 0)
		found = parse_library_line(line, ret_library);
	free(line);
	fclose(maps);
	if (found)
		return 0;
	hak_cli_say("heat: %d has no " HAK_LIBRARY_NAME " loaded; start "
		    "the program with hakmem run and HAKMEM_OBSERVE=heat",
		    process);
	return -ENOENT;
}

/*
 * Read the library's file through /proc/PID/map_files, if the kernel allows that: this
 * is the mapped file even if another file has taken its path. Otherwise read the file
 * by its path, in the file system as the process sees it.
 */
static int read_mapped_library(pid_t process,
			       const struct mapped_library *library,
			       struct hak_elf *ret_elf)
{
	char path[PATH_MAX + 64];
	int result;

	snprintf(path, sizeof(path), "/proc/%d/map_files/%lx-%lx", process,
		 (unsigned long)library->start, (unsigned long)library->end);
	result = hak_elf_read(path, ret_elf);
	if (!result)
		return 0;
	if (library->deleted) {
		hak_cli_say("heat: %d: %s was replaced after the process "
			    "loaded it; to read the loaded file, hakmem needs "
			    "CAP_CHECKPOINT_RESTORE, or CAP_SYS_ADMIN before "
			    "Linux 5.9",
			    process, library->path);
		return result;
	}
	snprintf(path, sizeof(path), "/proc/%d/root%s", process, library->path);
	result = hak_elf_read(path, ret_elf);
	if (result)
		hak_cli_say("heat: %d: %s: %s", process, library->path,
			    strerror(-result));
	return result;
}

int hak_process_find_page(pid_t process, uint64_t *ret_page)
{
	struct mapped_library library;
	struct hak_elf elf;
	int result;

	result = find_mapped_library(process, &library);
	if (!result)
		result = read_mapped_library(process, &library, &elf);
	if (result)
		return result;
	if (!elf.stats_page) {
		hak_cli_say("heat: %d: %s has no hakmem_stats_page", process,
			    library.path);
		return -ENOEXEC;
	}
	*ret_page = library.start + elf.stats_page;
	return 0;
}
