/* SPDX-License-Identifier: MIT */
/*
 * program.c - from a command's name to the ELF file that runs.
 *
 * The tool has to follow the same steps as the kernel and libc. The kernel follows #!
 * lines. execvp runs /bin/sh on a text file without a #! line. env searches PATH for
 * its argument itself.
 */
#include "cli/program.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD_BYTES 256 /* BINPRM_BUF_SIZE: the kernel reads so much of a #! line */
#define DEPTH	   5   /* the kernel's limit of nested interpreters: ELOOP */
#define BLANKS	   " \t"

static int check_executable(const char *path)
{
	struct stat status;

	if (stat(path, &status))
		return errno == EACCES ? -EACCES : -ENOENT;
	if (!S_ISREG(status.st_mode))
		return -EACCES;
	return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) ? -EACCES : 0;
}

/*
 * Look for command in one element of PATH. An empty element stands for the
 * current directory.
 */
static int find_in_element(const char *element, size_t element_length,
			   const char *command, char *ret_path)
{
	char path[PATH_MAX];
	int length;

	length = snprintf(path, sizeof(path), "%.*s%s%s", (int)element_length,
			  element, element_length ? "/" : "./", command);
	if (length >= (int)sizeof(path))
		return -ENOENT;
	length = check_executable(path);
	if (!length)
		strcpy(ret_path, path);
	return length;
}

int hak_program_find(const char *command, char *ret_path)
{
	const char *search = getenv("PATH");
	int result = -ENOENT;

	if (!*command || strlen(command) >= PATH_MAX)
		return -ENOENT;
	if (strchr(command, '/')) {
		result = check_executable(command);
		if (!result)
			strcpy(ret_path, command);
		return result;
	}
	if (!search)
		search = "/bin:/usr/bin"; /* confstr(_CS_PATH) */
	for (;;) {
		size_t length = strcspn(search, ":");
		int here = find_in_element(search, length, command, ret_path);

		if (!here)
			return 0;
		if (here == -EACCES)
			result = -EACCES;
		if (!search[length])
			return result;
		search += length + 1;
	}
}

static ssize_t read_first_bytes(const char *path, char *head)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t length;

	if (fd < 0)
		return -errno;
	length = read(fd, head, HEAD_BYTES - 1);
	if (length < 0)
		length = -errno;
	else
		head[length] = '\0';
	close(fd);
	return length;
}

/*
 * Find the program that a #! line with env names: the first word that is neither
 * an option nor an assignment.
 */
static int follow_env(char *words, char *path)
{
	char *rest;
	char *word = strtok_r(words, BLANKS, &rest);

	while (word && (*word == '-' || strchr(word, '=')))
		word = strtok_r(NULL, BLANKS, &rest);
	return word ? hak_program_find(word, path) : 0;
}

static int follow_script(char *line, char *path)
{
	char *rest;
	char *word;
	const char *base;

	line[strcspn(line, "\n")] = '\0';
	word = strtok_r(line, BLANKS, &rest);
	if (!word)
		return -ENOEXEC;
	strcpy(path, word);
	base = strrchr(word, '/');
	base = base ? base + 1 : word;
	return strcmp(base, "env") ? check_executable(path)
				   : follow_env(rest, path);
}

/*
 * execvp starts the shell for a text file. A file with a NUL byte is not a text
 * file.
 */
static int follow_text(const char *head, size_t length, char *path)
{
	if (memchr(head, '\0', length))
		return -ENOEXEC;
	strcpy(path, "/bin/sh");
	return check_executable(path);
}

int hak_program_follow(char *path)
{
	char head[HEAD_BYTES];

	for (int depth = 0; depth <= DEPTH; depth++) {
		ssize_t length = read_first_bytes(path, head);
		int result;

		if (length < 0)
			return (int)length;
		if (length >= SELFMAG && !memcmp(head, ELFMAG, SELFMAG))
			return 0;
		if (length >= 2 && head[0] == '#' && head[1] == '!')
			result = follow_script(head + 2, path);
		else
			result = follow_text(head, (size_t)length, path);
		if (result)
			return result;
	}
	return -ELOOP;
}
